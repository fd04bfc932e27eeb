package dev.afterimage.api.checks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.FollowedApiTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Drills that restore moments of a database that is followed. */
class MomentDrillTests extends FollowedApiTest {

    @AfterEach
    void stop() {
        http.delete("/databases/" + name + "/drill");
    }

    private JsonNode drilled(String body) {
        var answer = http.post("/databases/" + name + "/drills", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        var job = ended(answer.json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        return job.get("result");
    }

    @Test
    void drillOfAMomentSaysWhichCommitItWas() throws Exception {
        var then = commits(3).get(1);
        assertThat(drilled("{\"at\": \"%s\"}".formatted(then.at()))
                        .get("commit")
                        .asLong())
                .isEqualTo(then.commit());
        var result = drilled("{\"commit\": %d}".formatted(then.commit()));
        assertThat(result.get("at").asString()).isEqualTo(then.at().toString());
    }

    @Test
    void drillOfAnyMomentTakesOneThatCanBeHad() throws Exception {
        var last = commits(4).getLast();
        for (int i = 0; i < 3; i++) {
            assertThat(drilled("{\"snapshot\": \"MOMENT\"}").get("commit").asLong())
                    .isBetween(0L, last.commit());
        }
    }

    @Test
    void drillOfAMomentWhenWhatIsGivenDoesNotGoTogetherNamesTheField() {
        var drills = "/databases/" + name + "/drills";
        assertInvalid(http.post(drills, "{\"at\": \"2026-01-31T12:00:00\"}"), "at");
        assertInvalid(http.post(drills, "{\"at\": \"2026-01-31T12:00:00Z\", \"commit\": 1}"), "commit");
        assertProblem(http.post(drills, "{\"commit\": 99}"), 422, "MOMENT_NOT_REACHABLE");
    }

    @Test
    void aScheduleOfAnyMomentsSaysOfEachWhichCommitItWasAndLowersProtectionWhenOneFails() throws Exception {
        var last = commits(4).getLast();
        schedule(false);
        await().until(() -> drills().size() >= 2);
        for (var drill : drills()) {
            assertThat(drill.get("passed").asBoolean()).isTrue();
            var job = http.get("/jobs/" + drill.get("jobId").asString()).json();
            assertThat(job.get("priority").asString()).isEqualTo("LOW");
            await().until(() -> isEnded(job));
            var result = http.get("/jobs/" + job.get("id").asString()).json().get("result");
            assertThat(result.get("commit").asLong()).isBetween(0L, last.commit());
            assertThat(http.get("/snapshots/" + drill.get("snapshotId").asString())
                            .json()
                            .at("/log/commit")
                            .asLong())
                    .isEqualTo(result.get("commit").asLong());
        }
        assertThat(protection().get("protection").asString()).isEqualTo("PROTECTED");

        commits(50); // of most moments no drill has made a snapshot yet
        schedule(false);
        var whole = damageLog();
        await().until(() -> !drills().getFirst().get("passed").asBoolean());
        schedule(true);
        var failed = drills().stream()
                .filter(drill -> !drill.get("passed").asBoolean())
                .findFirst()
                .orElseThrow();
        assertThat(failed.get("messages").get(0).asString()).contains("of the log of database");
        await().until(() ->
                isEnded(http.get("/jobs/" + failed.get("jobId").asString()).json()));
        assertThat(http.get("/jobs/" + failed.get("jobId").asString())
                        .json()
                        .at("/problem/code")
                        .asString())
                .isEqualTo("LOG_DAMAGED");
        awaitNoJob();
        assertThat(protection().get("cause").asString()).isEqualTo("DRILL_FAILED");

        for (var segment : whole.entrySet()) {
            Files.write(segment.getKey(), segment.getValue());
        }
        drilled("{\"snapshot\": \"MOMENT\"}");
        assertThat(protection().get("protection").asString()).isEqualTo("PROTECTED");
    }

    private void schedule(boolean paused) {
        var put = http.send("PUT", "/databases/" + name + "/drill", """
                {"cron": "* * * * * *", "snapshot": "MOMENT", "verify": "QUICK", "paused": %s}""".formatted(paused));
        assertThat(put.status()).as(put.text()).isEqualTo(200);
    }

    private List<JsonNode> drills() {
        return http.get("/databases/" + name + "/drills")
                .json()
                .get("items")
                .valueStream()
                .toList();
    }

    private boolean isEnded(JsonNode job) {
        return !http.get("/jobs/" + job.get("id").asString())
                .json()
                .get("finishedAt")
                .isNull();
    }

    private JsonNode protection() {
        return http.get("/databases/" + name + "/protection").json();
    }

    /** @return what the segments were before */
    private Map<Path, byte[]> damageLog() throws IOException {
        var chain = http.get("/databases/" + name + "/follow")
                .json()
                .at("/position/chain")
                .asString();
        var whole = new HashMap<Path, byte[]>();
        try (var files = Files.walk(HOME.resolve("repository").resolve("log"))) {
            for (var file : files.filter(file -> file.getParent().endsWith(chain))
                    .filter(Files::isRegularFile)
                    .toList()) {
                var bytes = Files.readAllBytes(file);
                whole.put(file, bytes.clone());
                bytes[bytes.length / 2] ^= 1;
                Files.write(file, bytes);
            }
        }
        assertThat(whole).isNotEmpty();
        return whole;
    }
}
