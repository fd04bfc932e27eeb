package dev.afterimage.api.schedules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTests extends ApiTest {

    private static final String EACH_SECOND = "\"cron\": \"* * * * * *\"";

    @AfterEach
    void stop() {
        http.delete(path());
        http.delete("/schedule");
    }

    @Test
    void aScheduleThatIsPutIsShownWithWhatWasLeftOut() throws Exception {
        register(database(name));
        assertProblem(http.get(path()), 404, "SCHEDULE_NOT_FOUND");
        var put = put(path(), "{\"cron\": \"30 2 * * *\", \"zone\": \"Europe/Berlin\", \"jitter\": \"5m\"}");
        assertThat(put.status()).as(put.text()).isEqualTo(200);
        var schedule = http.get(path()).json();
        assertThat(schedule).isEqualTo(put.json());
        assertThat(schedule.get("database").asString()).isEqualTo(name);
        assertThat(schedule.get("inherited").asBoolean()).isFalse();
        assertThat(schedule.get("jitter").asString()).isEqualTo("PT5M");
        assertThat(schedule.get("method").asString()).isEqualTo("AUTO");
        assertThat(schedule.get("verify").asString()).isEqualTo("AUTO");
        assertThat(schedule.get("lastRun").isNull()).isTrue();
        assertThat(Instant.parse(schedule.get("nextRunAt").asString()))
                .isBetween(Instant.now(), Instant.now().plus(Duration.ofHours(26)));

        assertThat(http.delete(path()).status()).isEqualTo(204);
        assertProblem(http.delete(path()), 404, "SCHEDULE_NOT_FOUND");
    }

    @Test
    void whatIsDueBecomesAJobAndThenASnapshot() throws Exception {
        register(database(name));
        put(path(), "{%s, \"labels\": {\"by\": \"schedule\"}}".formatted(EACH_SECOND));
        await().until(() -> !http.get("/databases/" + name + "/snapshots?label=by=schedule")
                .json()
                .get("items")
                .isEmpty());
        put(path(), "{%s, \"paused\": true}".formatted(EACH_SECOND));
        var runs = http.get(path() + "/runs?limit=500").json().get("items");
        var first = runs.get(runs.size() - 1);
        assertThat(first.get("state").asString()).isEqualTo("SUBMITTED");
        var job = http.get("/jobs/" + first.get("jobId").asString()).json();
        assertThat(job.get("priority").asString()).isEqualTo("LOW");
        assertThat(job.get("database").asString()).isEqualTo(name);
        assertThat(http.get(path()).json().get("nextRunAt").isNull()).isTrue();
    }

    @Test
    void aDatabaseWithoutAScheduleHasTheDefault() throws Exception {
        register(database(name));
        assertProblem(http.get("/schedule"), 404, "SCHEDULE_NOT_FOUND");
        var put = put("/schedule", "{\"cron\": \"0 0 1 1 *\", \"verify\": \"QUICK\"}");
        assertThat(put.status()).as(put.text()).isEqualTo(200);
        assertThat(put.json().get("database").isNull()).isTrue();
        var schedule = http.get(path()).json();
        assertThat(schedule.get("inherited").asBoolean()).isTrue();
        assertThat(schedule.get("verify").asString()).isEqualTo("QUICK");
        assertThat(schedule.get("nextRunAt").asString()).endsWith("-01-01T00:00:00Z");

        put(path(), "{\"cron\": \"0 0 1 6 *\"}");
        assertThat(http.delete("/schedule").status()).isEqualTo(204);
        assertThat(http.get(path()).json().get("nextRunAt").asString()).endsWith("-06-01T00:00:00Z");
    }

    @Test
    void whatIsPutIsTheDatabasesOwnAlsoWhenItEqualsTheDefault() throws Exception {
        register(database(name));
        put("/schedule", "{\"cron\": \"0 0 1 1 *\"}");

        var own = put(path(), "{\"cron\": \"0 0 1 1 *\"}");

        assertThat(own.json().get("inherited").asBoolean()).isFalse();
        assertThat(http.get(path()).json()).isEqualTo(own.json());
        put("/schedule", "{\"cron\": \"0 0 1 6 *\"}");
        assertThat(http.get(path()).json()).isEqualTo(own.json());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                    {}                                                  | cron
                    {"cron": "60 * * * *"}                              | cron
                    {"cron": "${1+1} * * * *"}                          | cron
                    {"cron": "0 2 1 * MON"}                             | cron
                    {"cron": "0 0 30 2 *"}                              | cron
                    {"cron": "@daily", "zone": "Mars/Olympus"}          | zone
                    {"cron": "@daily", "jitter": "25h"}                 | jitter
                    {"cron": "@daily", "jitter": "-1m"}                 | jitter
                    {"cron": "@daily", "method": "MAGIC"}               | method
                    {"cron": "@daily", "labels": {"": "x"}}             | labels
                    {"cron": "@daily", "every": "day"}                  | every
                    """)
    void aScheduleThatCannotBeIsRefused(String body, String field) {
        assertInvalid(put(path(), body), field);
        assertInvalid(put("/schedule", body), field);
        assertProblem(http.get("/schedule"), 404, "SCHEDULE_NOT_FOUND");
    }

    @Test
    void schedulesOfUnknownDatabasesAreNotFound() {
        assertProblem(http.get("/databases/nobody/schedule"), 404, "DATABASE_NOT_FOUND");
        assertProblem(put("/databases/nobody/schedule", "{\"cron\": \"@daily\"}"), 404, "DATABASE_NOT_FOUND");
        assertProblem(http.get("/databases/nobody/schedule/runs"), 404, "DATABASE_NOT_FOUND");
        assertProblem(put("/databases/nobody/drill", "{\"cron\": \"@daily\"}"), 404, "DATABASE_NOT_FOUND");
    }

    private Answer put(String path, String body) {
        return http.send("PUT", path, body);
    }

    private String path() {
        return "/databases/" + name + "/schedule";
    }
}
