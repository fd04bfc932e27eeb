package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The catalog is lost, the repository is there. */
class LostCatalogTests {

    @TempDir
    Path directory;

    @Test
    void rebuildBringsBackAllSnapshotsAndTheNextBackupBuildsOnThem() throws Exception {
        var setup = ServiceSetup.in(directory);
        var file = directory.resolve("users.db");
        Users.create(file, "WAL", 5_000);
        String snapshot;
        long full;
        try (var service = setup.start()) {
            service.client().register("users", file);
            snapshot = service.client().snapshotOf(service.client().backup("users"));
            full = newBytes(service.client(), snapshot);
            assertThat(service.stop()).isEqualTo(143);
        }
        for (var suffix : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(setup.home().resolve("catalog.db" + suffix));
        }
        try (var service = setup.start()) {
            var client = service.client();
            assertThat(client.get("databases").body().get("items")).isEmpty();

            var away = client.get("repository");
            assertThat(away.status()).isEqualTo(503);
            var found = away.body().get("found").asString();
            assertThat(client.send("POST", "repository/adopt", Map.of("id", found))
                            .status())
                    .isEqualTo(200);
            assertThat(client.get("repository").body().get("id").asString()).isEqualTo(found);
            var job = client.awaitEnd(client.submit("repository/rebuild", Map.of()));

            assertThat(job.get("state").asString()).as("%s", job).isEqualTo("SUCCEEDED");
            assertThat(job.get("result").get("snapshotsAdded").asInt()).isEqualTo(1);
            assertThat(client.snapshots("users")).hasSize(1);
            var download = client.download(snapshot, directory.resolve("download.db"));
            download.requireToBe(client.get("snapshots/" + snapshot).body());
            assertThat(Users.read(download.file())).matches(Users::whole);

            try (var application = Users.open(file, 10_000);
                    var statement = application.createStatement()) {
                statement.execute("CREATE TABLE more (a)");
            }
            var next = client.snapshotOf(client.backup("users"));
            assertThat(newBytes(client, next)).isLessThan(full / 10);
        }
    }

    private static long newBytes(ServiceClient client, String snapshot) throws Exception {
        return client.get("snapshots/" + snapshot).body().get("newBytes").asLong();
    }
}
