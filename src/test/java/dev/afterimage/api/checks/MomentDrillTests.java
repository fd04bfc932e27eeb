package dev.afterimage.api.checks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.FollowedApiTest;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Drills that restore moments of a database that is followed. */
class MomentDrillTests extends FollowedApiTest {

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
}
