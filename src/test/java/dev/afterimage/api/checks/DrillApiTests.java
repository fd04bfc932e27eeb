package dev.afterimage.api.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DrillApiTests extends ApiTest {

    @Test
    void drillWhenAnAssertionDoesNotHoldFailsAndTellsWhatWasFound() throws Exception {
        snapshotOfNewDatabase();
        var path = "/databases/" + name;
        var assertions = """
                "assertions": [{"sql": "SELECT count(*) FROM item", "expect": ">0"},
                    {"sql": "SELECT count(*) FROM item", "expect": "<0"}]""";

        var job = ended(http.post(path + "/drills", "{" + assertions + "}").json());

        assertThat(job.get("state").asString()).isEqualTo("FAILED");
        assertThat(job.at("/problem/code").asString()).isEqualTo("ASSERTION_FAILED");
        var drill = http.get(path + "/drills").json().get("items").get(0);
        assertThat(drill.get("passed").asBoolean()).isFalse();
        assertThat(drill.at("/assertions/0/passed").asBoolean()).isTrue();
        assertThat(drill.at("/assertions/1/passed").asBoolean()).isFalse();
        assertThat(drill.at("/assertions/1/actual").asString()).isEqualTo("2000");

        var schedule = http.send("PUT", path + "/drill", "{\"cron\": \"0 4 * * SUN\", " + assertions + "}");
        assertThat(schedule.json().at("/assertions/1/expect").asString()).isEqualTo("<0");
        assertThat(http.get(path + "/drill").json().get("assertions")).hasSize(2);
        assertThat(ended(http.post(path + "/drills", "{}").json()).get("state").asString())
                .isEqualTo("SUCCEEDED");
        assertThat(database().get("protection").asString()).isEqualTo("FAILING");
        var holds = "{\"assertions\": [{\"sql\": \"SELECT count(*) FROM item\", \"expect\": \"2000\"}]}";
        assertThat(ended(http.post(path + "/drills", holds).json()).get("state").asString())
                .isEqualTo("SUCCEEDED");
        assertThat(database().get("protection").asString()).isEqualTo("PROTECTED");
        assertInvalid(
                http.post(path + "/drills", "{\"assertions\": [{\"sql\": \"SELECT 1\"}]}"), "assertions[0].expect");
    }

    @Test
    void aDrillRestoresTheNewestSnapshotAndTellsHowLongItTook() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        assertThat(database().get("lastDrill").isNull()).isTrue();
        var job = drill();
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertThat(job.get("kind").asString()).isEqualTo("DRILL");
        var result = job.get("result");
        assertThat(result.get("snapshotId").asString()).isEqualTo(snapshot);
        assertThat(result.get("bytes").asLong())
                .isEqualTo(http.get("/snapshots/" + snapshot)
                        .json()
                        .get("sizeBytes")
                        .asLong());

        var drills = http.get("/databases/" + name + "/drills").json().get("items");
        assertThat(drills).hasSize(1);
        assertThat(drills.get(0).get("jobId").asString())
                .isEqualTo(job.get("id").asString());
        assertThat(drills.get(0).get("passed").asBoolean()).isTrue();
        var last = database().get("lastDrill");
        assertThat(last.get("snapshotId").asString()).isEqualTo(snapshot);
        assertThat(last.get("durationMillis").asLong())
                .isEqualTo(result.get("restoreMillis").asLong()
                        + result.get("checkMillis").asLong());
        assertThat(last.get("ageSeconds").asLong()).isBetween(0L, 60L);
        assertThat(metric("afterimage_drill_passed")).isEqualTo("1.0");
        assertThat(Double.parseDouble(metric("afterimage_drill_last_success_timestamp_seconds")))
                .isPositive();
        assertThat(Double.parseDouble(metric("afterimage_drill_duration_seconds")))
                .isNotNegative();
    }

    @Test
    void aDrillThatFailsMakesTheDatabaseFailingUntilALaterOnePasses() throws Exception {
        register(database(name));
        var snapshot = snapshot();
        assertThat(health().get("components").get("drills").get("status").asString())
                .isEqualTo("UP");
        damage(snapshot);
        var job = drill();
        assertThat(job.get("state").asString()).isEqualTo("FAILED");
        assertThat(job.get("problem").get("code").asString()).isEqualTo("CHECK_FAILED");
        assertThat(http.get("/snapshots/" + snapshot).json().get("state").asString())
                .isEqualTo("QUARANTINED");
        assertThat(database().get("lastDrill").get("passed").asBoolean()).isFalse();
        assertThat(health().get("components").get("drills").get("status").asString())
                .isEqualTo("FAILING");
        assertThat(health().get("status").asString()).isEqualTo("FAILING");
        assertThat(http.get("//actuator/health").status())
                .as("a restart is no remedy")
                .isEqualTo(200);
        assertThat(http.get("//actuator/health/liveness").json().get("status").asString())
                .isEqualTo("UP");
        assertThat(metric("afterimage_drill_passed")).isEqualTo("0.0");

        snapshot();
        assertThat(database().get("protection").asString()).isEqualTo("FAILING");
        assertThat(drill().get("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(database().get("protection").asString()).isEqualTo("PROTECTED");
        assertThat(health().get("status").asString()).isEqualTo("UP");
    }

    @Test
    void aDrillWithoutASnapshotIsRefused() throws Exception {
        register(database(name));
        var answer = http.post("/databases/" + name + "/drills", "");
        assertProblem(answer, 404, "SNAPSHOT_NOT_FOUND");
    }

    @Test
    void aDrillIsMadeWhenItIsDue() throws Exception {
        snapshotOfNewDatabase();
        var path = "/databases/" + name + "/drill";
        assertProblem(http.get(path), 404, "SCHEDULE_NOT_FOUND");
        var put =
                http.send("PUT", path, "{\"cron\": \"* * * * * *\", \"snapshot\": \"RANDOM\", \"verify\": \"QUICK\"}");
        assertThat(put.status()).as(put.text()).isEqualTo(200);
        assertThat(put.json().get("snapshot").asString()).isEqualTo("RANDOM");
        await().until(() -> !database().get("lastDrill").isNull());
        assertThat(http.delete(path).status()).isEqualTo(204);
        var runs = http.get(path + "/runs").json().get("items");
        assertThat(runs.get(runs.size() - 1).get("state").asString()).isEqualTo("SUBMITTED");
    }

    private JsonNode drill() {
        var answer = http.post("/databases/" + name + "/drills", "{\"snapshot\": \"latest\"}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        return ended(answer.json());
    }

    private JsonNode database() {
        return http.get("/databases/" + name).json();
    }

    private JsonNode health() {
        return http.get("//actuator/health").json();
    }

    /** Metrics are made anew every few seconds. */
    private String metric(String metric) {
        var line = metric + "{database=\"" + name + "\"} ";
        return await().until(
                        () -> http.get("//actuator/prometheus")
                                .text()
                                .lines()
                                .filter(text -> text.startsWith(line))
                                .findFirst()
                                .map(text -> text.substring(line.length()))
                                .orElse(""),
                        value -> !value.isEmpty());
    }

    /** Flips a byte in each layer of the only snapshot of the test's database. */
    private void damage(String snapshot) throws IOException {
        Path manifest;
        try (var manifests = Files.walk(HOME.resolve("repository/manifests"))) {
            manifest = manifests
                    .filter(file -> file.getFileName().toString().startsWith(snapshot))
                    .findFirst()
                    .orElseThrow();
        }
        var layers = HOME.resolve("repository/layers")
                .resolve(manifest.getParent().getFileName().toString());
        try (var files = Files.list(layers)) {
            for (var layer : files.toList()) {
                var bytes = Files.readAllBytes(layer);
                bytes[bytes.length / 2] ^= 1;
                layer.toFile().setWritable(true);
                Files.write(layer, bytes);
            }
        }
    }
}
