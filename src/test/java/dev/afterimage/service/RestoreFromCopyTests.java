package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.LongWaits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A repository that is damaged, and one that is away, with a copy of it in another place. */
class RestoreFromCopyTests {

    @TempDir
    Path directory;

    @TempDir
    Path elsewhere;

    @Test
    void restoreWhenTheRepositoryIsDamagedOrAwayTakesWhatItLacksFromTheCopyAndSaysSo() throws Exception {
        var setup =
                ServiceSetup.in(directory).with("--afterimage.copies.offsite.location=" + elsewhere.resolve("copy"));
        var file = database();
        try (var service = setup.start()) {
            var client = service.client();
            client.register("orders", file);
            var snapshot = client.snapshotOf(client.backup("orders"));
            Awaitility.await()
                    .atMost(LongWaits.LONGEST)
                    .until(() -> client.get("repository/copies")
                            .body()
                            .get(0)
                            .get("state")
                            .asString()
                            .equals("CURRENT"));
            var repository = setup.home().resolve("repository");

            assertThat(notes(restored(client, snapshot, "before.db"))).isEmpty();
            damage(repository.resolve("layers"));
            assertThat(notes(restored(client, snapshot, "damaged.db"))).contains("its copy offsite");
            Files.move(repository, elsewhere.resolve("unmounted"));
            Files.createDirectory(repository);
            assertThat(notes(restored(client, snapshot, "away.db"))).contains("its copy offsite");
            var health = client.get("/actuator/health").body().get("components").get("repository");
            assertThat(health.get("status").asString()).isEqualTo("AWAY");
            assertThat(health.get("details").get("readFromCopies").get(0).asString())
                    .isEqualTo("offsite");
            var check = client.awaitEnd(client.submit("snapshots/" + snapshot + "/checks", Map.of("from", "offsite")));
            assertThat(check.get("result").get("from").asString())
                    .as(check.toString())
                    .isEqualTo("offsite");
        }
        for (var restored : new String[] {"damaged.db", "away.db"}) {
            assertThat(directory.resolve(restored)).hasSameBinaryContentAs(directory.resolve("before.db"));
        }
    }

    private Path database() throws Exception {
        var file = directory.resolve("orders.db");
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var statement = connection.createStatement()) {
            statement.execute(
                    "CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT randomblob(10000) AS v FROM n");
        }
        return file;
    }

    private JsonNode restored(ServiceClient client, String snapshot, String name) throws Exception {
        var target = Map.of("path", directory.resolve(name).toString(), "mode", "NEW_FILE");
        var job = client.awaitEnd(client.submit("restores", Map.of("snapshot", snapshot, "target", target)));
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        return job;
    }

    private static String notes(JsonNode job) {
        var notes = job.get("result").get("notes");
        return notes.isEmpty() ? "" : notes.get(0).asString();
    }

    private static void damage(Path layers) throws Exception {
        try (var files = Files.walk(layers)) {
            for (var layer : files.filter(Files::isRegularFile).toList()) {
                var bytes = Files.readAllBytes(layer);
                for (int at = 500; at < bytes.length; at += 50_000) {
                    bytes[at] ^= 1;
                }
                Files.write(layer, bytes);
            }
        }
    }
}
