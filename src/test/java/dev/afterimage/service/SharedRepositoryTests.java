package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.LongWaits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Two services with homes of their own and one repository: one of them writes, the other is told so, and restores. */
class SharedRepositoryTests {

    @TempDir
    Path directory;

    private Path file;
    private ServiceSetup first;
    private ServiceSetup second;

    @BeforeEach
    void makeDatabase() throws Exception {
        file = directory.resolve("users.db");
        Users.create(file, "WAL", 500);
        first = setup("first");
        second = setup("second");
    }

    private ServiceSetup setup(String name) {
        return ServiceSetup.in(directory)
                .home(directory.resolve(name))
                .with(
                        "--afterimage.node=" + name,
                        "--afterimage.repository.location=" + directory.resolve("shared"),
                        "--afterimage.repository.lease-look=1s");
    }

    private static JsonNode accepted(ServiceClient client, String method, String path, Map<String, ?> body)
            throws Exception {
        var answer = client.send(method, path, body);
        assertThat(answer.status()).as("%s %s: %s", method, path, answer).isBetween(200, 204);
        return answer.body();
    }

    private static JsonNode lease(ServiceClient client) throws Exception {
        return client.get("repository").body().get("lease");
    }

    private static void assertHeldBy(String host, long epoch, JsonNode problem) {
        assertThat(problem.get("code").asString()).as("%s", problem).isEqualTo("REPOSITORY_HELD");
        assertThat(problem.get("host").asString()).isEqualTo(host);
        assertThat(problem.get("epoch").asLong()).isEqualTo(epoch);
        assertThat(problem.get("hint").asString()).contains("POST /api/v1/repository/lease");
    }

    private static String health(ServiceClient client) throws Exception {
        var answer = client.get("/actuator/health");
        assertThat(answer.status()).isEqualTo(200);
        return answer.body().get("components").get("repository").get("status").asString();
    }

    /** Whatever this service may do with what it does not hold. */
    private void assertOnlyReads(ServiceClient client, String snapshot, String host, long epoch) throws Exception {
        var backup = client.backup("users");
        assertThat(backup.get("state").asString()).isEqualTo("FAILED");
        assertHeldBy(host, epoch, backup.get("problem"));
        var deletion = client.send("DELETE", "snapshots/" + snapshot + "?force=true", Map.of());
        assertThat(deletion.status()).isEqualTo(409);
        assertHeldBy(host, epoch, deletion.body());
        var prune = client.awaitEnd(client.submit("repository/prune", Map.of()));
        assertHeldBy(host, epoch, prune.get("problem"));
        assertThat(health(client)).isEqualTo("HELD");
        var protection = client.get("databases/users/protection").body();
        assertThat(protection.get("protection").asString()).as("%s", protection).isEqualTo("FAILING");
        assertThat(protection.get("reason").asString()).contains("Another service writes", host);
        assertThat(lease(client).get("own").asBoolean()).isFalse();
        assertThat(lease(client).get("host").asString()).isEqualTo(host);

        var target = directory.resolve("restored-%d-%d.db".formatted(epoch, System.nanoTime()));
        var restored = client.awaitEnd(client.submit(
                "restores",
                Map.of("snapshot", snapshot, "target", Map.of("path", target.toString(), "mode", "NEW_FILE"))));
        assertThat(restored.get("state").asString()).as("%s", restored).isEqualTo("SUCCEEDED");
        assertThat(Users.read(target)).matches(Users::whole);
        var check = client.awaitEnd(client.submit("snapshots/" + snapshot + "/checks", Map.of()));
        assertThat(check.get("state").asString()).as("%s", check).isEqualTo("SUCCEEDED");
    }

    @Test
    void secondServiceIsToldAndRefusedUntilItTakesOverWhichTheFirstNotices() throws Exception {
        String snapshot;
        try (var service = first.start()) {
            var client = service.client();
            client.register("users", file);
            snapshot = client.snapshotOf(client.backup("users"));
            assertThat(lease(client).get("own").asBoolean()).isTrue();
            assertThat(health(client)).isEqualTo("UP");
            accepted(client, "POST", "repository/catalog-copies", Map.of());
            service.kill();
        }
        try (var service = first.start();
                var other = second.start()) {
            var client = service.client();
            client.snapshotOf(client.backup("users"));
            assertThat(lease(client).get("epoch").asLong()).isEqualTo(2);

            var late = other.client();
            var found = late.get("repository").body().get("found").asString();
            accepted(late, "POST", "repository/adopt", Map.of("id", found));
            var rebuilt = late.awaitEnd(late.submit("repository/rebuild", Map.of()));
            assertThat(rebuilt.get("state").asString()).as("%s", rebuilt).isEqualTo("SUCCEEDED");
            assertOnlyReads(late, snapshot, "first", 2);

            var wrong = late.send("POST", "repository/lease", Map.of("epoch", 1));
            assertThat(wrong.status()).isEqualTo(409);
            assertHeldBy("first", 2, wrong.body());
            client.snapshotOf(client.backup("users"));
            var taken = accepted(late, "POST", "repository/lease", Map.of("epoch", 2));
            assertThat(taken.get("own").asBoolean()).isTrue();
            assertThat(taken.get("epoch").asLong()).isEqualTo(3);
            late.snapshotOf(late.backup("users"));
            assertThat(health(late)).isEqualTo("UP");

            Awaitility.await()
                    .atMost(LongWaits.LONGEST)
                    .until(() -> health(client).equals("HELD"));
            assertOnlyReads(client, snapshot, "second", 3);
        }
        try (var service = first.start()) {
            assertOnlyReads(service.client(), snapshot, "second", 3);
        }
    }

    @Test
    void recoverTakesTheRepositoryOverUnlessItIsAPractice() throws Exception {
        var shared = directory.resolve("shared");
        try (var service = first.start()) {
            var client = service.client();
            client.register("users", file);
            var snapshot = client.snapshotOf(client.backup("users"));
            accepted(client, "POST", "repository/catalog-copies", Map.of());

            var practice = CommandRun.here(
                    "recover", "--from", shared, "--home", directory.resolve("practice"), "--without-settings");
            assertThat(practice.exitCode()).as(practice.toString()).isZero();
            assertThat(practice.out()).contains("lease       none: the service that writes to the repository goes on");
            client.snapshotOf(client.backup("users"));

            var real = CommandRun.here("recover", "--from", shared, "--home", second.home());
            assertThat(real.exitCode()).as(real.toString()).isZero();
            assertThat(real.out()).contains("lease       2, taken from first, which had 1");
            Awaitility.await()
                    .atMost(LongWaits.LONGEST)
                    .until(() -> health(client).equals("HELD"));
            var backup = client.backup("users");
            assertThat(backup.get("problem").get("code").asString()).isEqualTo("REPOSITORY_HELD");
            client.download(snapshot, directory.resolve("download.db"));
        }
        try (var service = second.start()) {
            service.client().snapshotOf(service.client().backup("users"));
        }
        assertThat(Files.list(shared.resolve("lease"))).hasSize(1);
    }
}
