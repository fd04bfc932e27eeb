package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.LongWaits;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.storage.LocalStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code kill -9} in the middle of a prune: the next start completes it, and what stays is whole. */
class PruneKillTests {

    private static final int SNAPSHOTS = 12;
    private static final List<String> FIRST_TO_GO = List.of("manifests", "layers");

    @TempDir
    Path directory;

    private ServiceSetup setup;
    private Path source;

    @Test
    void killWhilePruningIsCompletedByTheNextStart() throws Exception {
        setup = ServiceSetup.in(directory).with("--afterimage.storage.sweep-grace=0s");
        source = directory.resolve("users.db");
        Users.create(source, "WAL", 200);
        String job = null;
        for (var folder : FIRST_TO_GO) {
            try (var service = setup.start()) {
                if (job == null) {
                    service.client().register("users", source);
                    service.client().send("PUT", "databases/users/retention", Map.of("last", 2));
                } else {
                    requirePruned(service.client(), job);
                }
                backUp(service.client());
                int before = objects(folder);
                job = service.client().submit("databases/users/retention/prune", Map.of());
                long end = System.nanoTime() + LongWaits.LONGEST.toNanos();
                while (objects(folder) == before) {
                    if (System.nanoTime() - end > 0) {
                        throw new AssertionError("nothing in %s was deleted".formatted(folder));
                    }
                    Thread.onSpinWait();
                }
                service.kill();
            }
            System.out.printf(
                    "PruneKillTests: killed when of %d snapshots %d manifests and %d layers were left%n",
                    SNAPSHOTS, objects("manifests"), objects("layers"));
        }
        try (var service = setup.start()) {
            requirePruned(service.client(), job);
        }
    }

    /** Each snapshot has a layer of its own. */
    private void backUp(ServiceClient client) throws Exception {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + source);
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS noise (v)");
            for (int i = client.snapshots("users").size(); i < SNAPSHOTS; i++) {
                statement.execute("INSERT INTO noise VALUES (randomblob(10000))");
                client.snapshotOf(client.backup("users", Map.of("verify", "NONE")));
            }
        }
    }

    /** By the names in the one database's folder: walking through it would fail over what is deleted meanwhile. */
    private int objects(String folder) {
        var ofDatabases = setup.repository().resolve(folder).toFile().listFiles();
        return ofDatabases[0].list().length;
    }

    private void requirePruned(ServiceClient client, String job) throws Exception {
        var ended = client.awaitEnd(job);
        assertThat(ended.get("state").asString()).as("%s", ended).isEqualTo("SUCCEEDED");
        var left = client.snapshots("users");
        assertThat(left).hasSize(2);
        for (var snapshot : left) {
            requireRestorable(client, snapshot);
        }
        var repository = new Repository(new LocalStorage(setup.repository(), 0), Duration.ZERO, Clock.systemUTC());
        var databaseId = repository.databases().getFirst();
        var manifests = repository.list(databaseId).readable();
        assertThat(manifests).hasSize(2);
        assertThat(repository.layers(databaseId).stream().map(Repository.StoredLayer::id))
                .as("layers that nobody needs are gone")
                .hasSameElementsAs(manifests.stream()
                        .flatMap(manifest -> manifest.layers().stream())
                        .map(LayerRef::id)
                        .collect(Collectors.toSet()));
    }

    private void requireRestorable(ServiceClient client, JsonNode snapshot) throws Exception {
        var download = client.download(snapshot.get("id").asString(), directory.resolve("download.db"));
        download.requireToBe(snapshot);
        assertThat(Users.read(download.file())).matches(Users::whole, "exactly the first rows, in a sound file");
        Files.delete(download.file());
    }
}
