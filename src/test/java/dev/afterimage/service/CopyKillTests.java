package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.LongWaits;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.seal.Secret;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A service that dies while it copies its repository, and a copy whose disk is away: no backup notices, and what the copy has is whole. */
class CopyKillTests {

    private static final int SNAPSHOTS = 4;

    @TempDir
    Path directory;

    @TempDir
    Path elsewhere;

    private ServiceSetup setup(Path place) {
        return ServiceSetup.in(directory).with("--afterimage.copies.disk.location=" + place);
    }

    private Path noise() throws Exception {
        var file = directory.resolve("noise.db");
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE noise (v)");
        }
        return file;
    }

    private static void more(Path file) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement()) {
            statement.execute(
                    "INSERT INTO noise WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT randomblob(100000) FROM n");
        }
    }

    @Test
    void killWhileCopyingLeavesOnlyWholeSnapshotsAndTheNextStartCompletesThem() throws Exception {
        var key = elsewhere.resolve("key");
        Secret.newKeyFile(key);
        var sealed = ServiceSetup.in(directory).with("--afterimage.repository.key-file=" + key);
        var file = noise();
        try (var service = sealed.start()) {
            var client = service.client();
            client.register("noise", file);
            for (int i = 0; i < SNAPSHOTS; i++) {
                more(file);
                client.snapshotOf(client.backup("noise", Map.of("verify", "NONE")));
            }
        }
        var place = elsewhere.resolve("copy");
        var copied = sealed.with("--afterimage.copies.disk.location=" + place);
        var id = sealed.idOf("noise");
        try (var service = copied.start()) {
            awaitObjects(place.resolve("tmp")); // a start has a job of its own
            service.kill();
        }
        requireWhole(place, key, id);
        assertThat(snapshots(place, key, id)).isLessThan(SNAPSHOTS);

        try (var service = copied.start()) {
            var client = service.client();
            Awaitility.await().atMost(LongWaits.LONGEST).until(() -> state(client), "CURRENT"::equals);
        }
        assertThat(snapshots(place, key, id)).isEqualTo(SNAPSHOTS);
        requireWhole(place, key, id);
    }

    private static void awaitObjects(Path folder) {
        long end = System.nanoTime() + LongWaits.LONGEST.toNanos();
        while (Optional.ofNullable(folder.toFile().list()).orElse(new String[0]).length == 0) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static Repository repository(Path place, Path key) {
        var vault = new Vault(new LocalStorage(place, 0), () -> Optional.of(Secret.keyFile(key)), Clock.systemUTC());
        return new Repository(vault, Clock.systemUTC());
    }

    private static int snapshots(Path place, Path key, UUID id) {
        return Files.exists(place.resolve("manifests"))
                ? repository(place, key).snapshotIds(id).size()
                : 0;
    }

    private static void requireWhole(Path place, Path key, UUID id) throws Exception {
        if (snapshots(place, key, id) == 0) {
            return;
        }
        var repository = repository(place, key);
        for (var snapshot : repository.snapshotIds(id)) {
            try (var reader = repository.open(id, snapshot)) {
                var bytes = ByteBuffer.allocate((int) reader.size());
                while (reader.read(bytes) > 0) {}
                assertThat(bytes.hasRemaining()).isFalse();
            }
        }
    }

    private static String state(ServiceClient client) throws Exception {
        return client.get("repository/copies").body().get(0).get("state").asString();
    }

    @Test
    void aCopyThatIsAwayHoldsUpNoBackupAndGetsAllWhenItIsBack() throws Exception {
        var place = elsewhere.resolve("copy");
        var file = noise();
        try (var service = setup(place).start()) {
            var client = service.client();
            client.register("noise", file);
            client.snapshotOf(client.backup("noise"));
            Awaitility.await().atMost(LongWaits.LONGEST).until(() -> state(client), "CURRENT"::equals);
            Files.move(place, elsewhere.resolve("unmounted"));
            Files.createDirectory(place);

            more(file);
            client.snapshotOf(client.backup("noise"));
            Awaitility.await().atMost(LongWaits.LONGEST).until(() -> state(client), "AWAY"::equals);
            var health = client.get("/actuator/health");
            assertThat(health.status()).as("the service is well").isEqualTo(200);
            assertThat(health.body().at("/components/copies/status").asString()).isEqualTo("AWAY");
            more(file);
            client.snapshotOf(client.backup("noise"));
            assertThat(place).isEmptyDirectory();

            Files.delete(place);
            Files.move(elsewhere.resolve("unmounted"), place);
            Awaitility.await().atMost(LongWaits.LONGEST).until(() -> state(client), "CURRENT"::equals);
        }
    }
}
