package dev.afterimage.api.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class SummaryTests extends ApiTest {

    @Test
    void summaryTellsOfTheDatabasesThatExistForTheCallerAndOfNoOthers() throws Exception {
        register(database(name));
        var limited = token("READ", name);

        var before = limited.get("/summary").json();
        assertThat(before.get("databases").asInt()).isOne();
        assertThat(before.get("protection").get("UNPROTECTED").asInt()).isOne();
        assertThat(before.get("protection").get("PROTECTED").asInt()).isZero();
        var attention = before.get("attention").get(0);
        assertThat(attention.get("database").asString()).isEqualTo(name);
        assertThat(attention.get("cause").asString()).isEqualTo("NO_SNAPSHOT");
        assertThat(Instant.parse(attention.get("since").asString())).isBeforeOrEqualTo(Instant.now());
        assertThat(before.get("jobsEnded")).isEmpty();
        assertThat(before.get("storage").isNull()).as("it is of all").isTrue();

        snapshot();

        await().until(() -> limited.get("/summary").json().get("attention").isEmpty());
        var after = limited.get("/summary").json();
        assertThat(after.get("protection").get("PROTECTED").asInt()).isOne();
        assertThat(after.get("jobsEnded").get(0).get("kind").asString()).isEqualTo("BACKUP");
        assertThat(after.get("jobsEnded").get(0).get("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(after.get("jobsEnded").get(0).get("jobs").asInt()).isOne();
        assertThat(after.get("following").get("counts").get("FOLLOWING").asInt())
                .isZero();

        var nothing = token("READ", "no-such").get("/summary").json();
        assertThat(nothing.get("databases").asInt()).isZero();
        assertThat(nothing.toString()).doesNotContain(name);
        assertThat(nothing.get("jobsRunning")).isEmpty();
    }

    @Test
    void summaryHasJobsThatRunAndWaitAndWhatIsDueNext() throws Exception {
        var limited = token("READ", name);
        try (var application = lockedDatabase()) {
            http.send("PUT", "/databases/" + name + "/schedule", "{\"cron\": \"0 3 * * *\", \"zone\": \"Asia/Tokyo\"}");
            http.post("/databases/" + name + "/backups", "{\"verify\": \"NONE\"}");

            await().until(() -> limited.get("/summary")
                                    .json()
                                    .get("jobsRunning")
                                    .size()
                            + limited.get("/summary").json().get("jobsQueued").asInt()
                    > 0);
            var upcoming = limited.get("/summary").json().get("upcoming");
            assertThat(upcoming).hasSize(1);
            assertThat(upcoming.get(0).get("database").asString()).isEqualTo(name);
            assertThat(upcoming.get(0).get("kind").asString()).isEqualTo("BACKUP");
            assertThat(upcoming.get(0).get("dueAt").asString()).contains("T18:00:00");
            assertThat(upcoming.get(0).get("zone").asString()).isEqualTo("Asia/Tokyo");
            application.createStatement().execute("ROLLBACK");
        }
    }

    @Test
    void whatTheRepositoryTakesIsCountedOnceAskedForAndKeptByDay() throws Exception {
        snapshotOfNewDatabase();

        await().until(() -> !http.get("/summary").json().get("storage").isNull());

        var storage = http.get("/summary").json().get("storage");
        assertThat(storage.get("bytes").asLong()).isPositive();
        assertThat(storage.get("freeBytes").asLong()).isPositive();
        assertThat(storage.get("snapshots").asLong()).isPositive();
        assertThat(storage.get("logicalBytes").asLong()).isPositive();
        var days = http.get("/repository/usage?days=2").json().get("items");
        assertThat(days).hasSizeBetween(1, 2);
        assertThat(LocalDate.parse(days.get(0).get("day").asString()))
                .isAfter(LocalDate.now(ZoneOffset.UTC).minusDays(2));
        assertInvalid(http.get("/repository/usage?days=0"), "days");
        assertInvalid(http.get("/repository/usage?days=10000"), "days");
        assertProblem(token("ADMIN", name).get("/repository/usage"), 403, "FORBIDDEN");
    }

    @Test
    void whatSchedulesDidAndWillDoIsListedOfAllDatabasesThatExistForTheCaller() throws Exception {
        register(database(name));
        var second = "second-" + name;
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(second, database(second)));
        var schedule = "{\"cron\": \"* * * * *\", \"zone\": \"UTC\", \"verify\": \"NONE\"}";
        http.send("PUT", "/databases/" + name + "/schedule", schedule);
        http.send("PUT", "/databases/" + second + "/schedule", schedule.replace("* * * * *", "0 4 1 1 *"));
        var limited = token("READ", name, second);

        var upcoming = limited.get("/runs/upcoming").json().get("items");
        assertThat(upcoming.valueStream().map(run -> run.get("database").asString()))
                .containsExactly(name, second);
        var first = limited.get("/runs/upcoming?limit=1").json();
        assertThat(first.get("items")).hasSize(1);
        var rest = limited.get("/runs/upcoming?limit=1&cursor="
                        + first.get("nextCursor").asString())
                .json();
        assertThat(rest.get("items").get(0).get("database").asString()).isEqualTo(second);
        assertThat(rest.get("nextCursor").isNull()).isTrue();
        assertThat(token("READ", "no-such").get("/runs/upcoming").json().get("items"))
                .isEmpty();
        assertInvalid(limited.get("/runs/upcoming?cursor=nonsense"), "cursor");
        assertInvalid(limited.get("/runs?cursor=nonsense"), "cursor");
        assertInvalid(limited.get("/runs?state=OVER"), "state");

        await().until(() ->
                !limited.get("/runs?state=SUBMITTED").json().get("items").isEmpty());
        JsonNode run = limited.get("/runs").json().get("items").get(0);
        assertThat(run.get("database").asString()).isEqualTo(name);
        assertThat(run.get("kind").asString()).isEqualTo("BACKUP");
        assertThat(run.get("run").get("jobId").asString()).isNotBlank();
        assertThat(token("READ", second).get("/runs").json().get("items")).isEmpty();
        http.send("PUT", "/databases/" + name + "/schedule", schedule.replace("* * * * *", "0 4 1 1 *"));
    }
}
