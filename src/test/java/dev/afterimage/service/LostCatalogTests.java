package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The machine is gone, and with it the home; the repository is there. */
class LostCatalogTests {

    private static final List<String> ANSWERS = List.of(
            "databases/users",
            "databases/users/schedule",
            "databases/users/drill",
            "databases/users/retention",
            "databases/users/heartbeat",
            "databases/users/snapshots",
            "schedule",
            "retention",
            "webhooks",
            "protection");

    /** What a new home has of its own, or is about the time of the answer. */
    private static final List<String> OF_THE_HOME = List.of("nextRun", "nextPruneAt", "lastJob", "age", "lag");

    @TempDir
    Path directory;

    @Test
    void rebuildBringsBackAllThatWasSetAndTheNextBackupBuildsOnIt() throws Exception {
        var setup = ServiceSetup.in(directory).with("--afterimage.webhooks.allow-local=true", "--afterimage.node=n");
        var file = directory.resolve("users.db");
        Users.create(file, "WAL", 5_000);
        var old = directory.resolve("old.db");
        Users.create(old, "WAL");
        String snapshot;
        String token;
        long full;
        Map<String, JsonNode> before;
        try (var service = setup.start()) {
            var client = service.client();
            client.register("users", file);
            client.register("old", old);
            snapshot = client.snapshotOf(client.backup("users"));
            full = newBytes(client, snapshot);
            configure(client, snapshot);
            token = accepted(client, "POST", "tokens", Map.of("name", "pipeline", "scope", "OPERATE"))
                    .get("token")
                    .asString();
            assertThat(client.send("DELETE", "databases/old", Map.of()).status())
                    .isEqualTo(204);
            var copy = client.send("POST", "repository/catalog-copies", Map.of());
            assertThat(copy.status()).as("%s", copy).isEqualTo(200);
            var listed = client.get("repository/catalog-copies").body().get("items");
            assertThat(listed).containsExactly(copy.body());
            assertThat(client.get("repository").body().get("newestCatalogCopy")).isEqualTo(copy.body());
            before = answers(client);
            assertThat(service.stop()).isEqualTo(143);
        }
        var burnt = directory.resolve("burnt");
        Files.move(setup.home(), burnt);
        Files.createDirectories(setup.home());
        Files.move(burnt.resolve("repository"), setup.repository());
        try (var service = setup.start()) {
            var client = service.client();
            assertThat(client.get("databases").body().get("items")).isEmpty();
            var away = client.get("repository");
            assertThat(away.status()).isEqualTo(503);
            var found = away.body().get("found").asString();
            accepted(client, "POST", "repository/adopt", Map.of("id", found));
            var lease = client.get("repository").body().get("lease");
            assertThat(lease.get("own").asBoolean())
                    .as("that of the home that is lost")
                    .isFalse();
            accepted(
                    client,
                    "POST",
                    "repository/lease",
                    Map.of("epoch", lease.get("epoch").asLong()));

            var job = client.awaitEnd(client.submit("repository/rebuild", Map.of("tokens", true)));

            assertThat(job.get("state").asString()).as("%s", job).isEqualTo("SUCCEEDED");
            var result = job.get("result");
            assertThat(result.get("snapshotsAdded").asInt()).isEqualTo(1);
            assertThat(result.get("passedOver")).isEmpty();
            var settings = result.get("broughtBack").get("settings");
            assertThat(settings.get("tokens").findValuesAsString("name")).containsExactly("pipeline");
            ((ObjectNode) settings).remove("tokens");
            assertThat(settings.toString())
                    .isEqualTo("{\"retentionPolicies\":2,\"schedules\":3,\"heartbeats\":1,\"webhooks\":1}");
            answers(client)
                    .forEach((path, answer) -> assertThat(answer).as(path).isEqualTo(before.get(path)));
            assertThat(client.with(token).get("databases").status()).isEqualTo(200);
            assertThat(client.get("jobs").body().get("items")).hasSize(1);

            var download = client.download(snapshot, directory.resolve("download.db"));
            download.requireToBe(client.get("snapshots/" + snapshot).body());
            assertThat(Users.read(download.file())).matches(Users::whole);
            try (var application = Users.open(file, 10_000);
                    var statement = application.createStatement()) {
                statement.execute("CREATE TABLE more (a)");
            }
            assertThat(newBytes(client, client.snapshotOf(client.backup("users"))))
                    .isLessThan(full / 10);
        }
    }

    private static void configure(ServiceClient client, String snapshot) throws Exception {
        accepted(client, "PATCH", "databases/users", Map.of("labels", Map.of("team", "shop"), "maxAge", "3h"));
        accepted(client, "PUT", "schedule", Map.of("cron", "@yearly", "zone", "Europe/Berlin", "jitter", "1h"));
        accepted(client, "PUT", "databases/users/schedule", Map.of("cron", "30 2 1 1 *", "skipUnchanged", true));
        accepted(client, "PUT", "databases/users/drill", Map.of("cron", "0 5 1 1 *"));
        accepted(client, "PUT", "retention", Map.of("last", 100));
        accepted(client, "PUT", "databases/users/retention", Map.of("last", 7, "daily", 30));
        accepted(client, "PUT", "databases/users/heartbeat", Map.of("url", "http://127.0.0.1:9/beat"));
        accepted(client, "POST", "webhooks", Map.of("url", "http://127.0.0.1:9/hook", "secret", "0123456789abcdef"));
        accepted(client, "PATCH", "snapshots/" + snapshot, Map.of("pinned", true, "labels", Map.of("why", "audit")));
    }

    private static JsonNode accepted(ServiceClient client, String method, String path, Map<String, ?> body)
            throws Exception {
        var answer = client.send(method, path, body);
        assertThat(answer.status()).as("%s %s: %s", method, path, answer).isBetween(200, 204);
        return answer.body();
    }

    private static Map<String, JsonNode> answers(ServiceClient client) throws Exception {
        var answers = new LinkedHashMap<String, JsonNode>();
        for (var path : ANSWERS) {
            var answer = client.get(path);
            assertThat(answer.status()).as("%s: %s", path, answer).isEqualTo(200);
            answers.put(path, settled(answer.body()));
        }
        return answers;
    }

    private static JsonNode settled(JsonNode answer) {
        answer.values().forEach(LostCatalogTests::settled);
        if (answer instanceof ObjectNode object) {
            object.remove(OF_THE_HOME);
        }
        return answer;
    }

    private static long newBytes(ServiceClient client, String snapshot) throws Exception {
        return client.get("snapshots/" + snapshot).body().get("newBytes").asLong();
    }
}
