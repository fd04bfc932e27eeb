package dev.afterimage.api.backups;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import java.nio.file.Files;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Backups as jobs: what is accepted, how each ends, and what it leaves. */
class BackupTests extends ApiTest {

    @Test
    void backupAnswersWithTheJobBeforeItEnds() throws Exception {
        try (var application = lockedDatabase()) {
            var answer = http.post("/databases/" + name + "/backups", "");
            assertThat(answer.status()).isEqualTo(202);
            assertThat(answer.header("Retry-After")).isEqualTo("1");
            var job = answer.json();
            assertThat(answer.header("Location"))
                    .isEqualTo("/api/v1/jobs/" + job.get("id").asString());
            assertThat(job.get("kind").asString()).isEqualTo("BACKUP");
            assertThat(job.get("database").asString()).isEqualTo(name);
            assertThat(job.get("state").asString()).isEqualTo("QUEUED");
            assertThat(job.get("attempt").asInt()).isEqualTo(1);
            assertThat(job.get("finishedAt").isNull()).isTrue();
            application.createStatement().execute("ROLLBACK");
            assertThat(ended(job).get("state").asString()).isEqualTo("SUCCEEDED");
        }
    }

    @Test
    void backupWhenAllIsGivenTakesIt() throws Exception {
        register(database(name));
        var job = backUp("""
                {"method": "VACUUM", "verify": "QUICK", "labels": {"a": "b"}, "maxBytesPerSecond": "50MB",
                 "priority": "HIGH", "deadline": "PT10M"}
                """);
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertThat(job.get("priority").asString()).isEqualTo("HIGH");
        var id = job.get("result").get("snapshotId").asString();
        var snapshot = http.get("/snapshots/" + id).json();
        assertThat(snapshot.get("method").asString()).isEqualTo("VACUUM");
        assertThat(snapshot.get("labels").get("a").asString()).isEqualTo("b");
        assertThat(http.get("/snapshots/" + id + "/checks")
                        .json()
                        .get("items")
                        .get(0)
                        .get("level")
                        .asString())
                .isEqualTo("QUICK");
    }

    @Test
    void backupByFileSystemSnapshotWhereNothingTellsHowIsRefusedAtOnce() throws Exception {
        register(database(name));
        var answer = http.post("/databases/" + name + "/backups", "{\"method\": \"FILESYSTEM_SNAPSHOT\"}");
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().get("code").asString()).isEqualTo("METHOD_NOT_POSSIBLE");
        var schedule = "{\"cron\": \"30 2 * * *\", \"method\": \"FILESYSTEM_SNAPSHOT\"}";
        assertThat(http.send("PUT", "/databases/" + name + "/schedule", schedule)
                        .status())
                .isEqualTo(422);
        assertThat(http.get("/jobs?database=" + name).json().get("items")).isEmpty();
    }

    @Test
    void backupInStepsIsForMethodOnline() throws Exception {
        register(database(name));
        var path = "/databases/" + name + "/backups";
        assertInvalid(http.post(path, "{\"pagesPerStep\": 100}"), "pagesPerStep");
        assertInvalid(http.post(path, "{\"method\": \"SCAN\", \"pauseBetweenSteps\": \"1s\"}"), "pauseBetweenSteps");
        assertInvalid(http.post(path, "{\"method\": \"ONLINE\", \"pagesPerStep\": 0}"), "pagesPerStep");
        assertInvalid(http.post(path, "{\"method\": \"ONLINE\", \"pauseBetweenSteps\": \"61s\"}"), "pauseBetweenSteps");
        var job = backUp("{\"method\": \"ONLINE\", \"pagesPerStep\": 100, \"pauseBetweenSteps\": \"1ms\"}");
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
    }

    @Test
    void backupWhenFileIsEmptySucceeds() throws Exception {
        var file = Files.createFile(ROOT.resolve(name + ".db"));
        register(file);
        var job = backUp("{}");
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
    }

    @Test
    void backupWhenAPageIsBrokenFailsAndQuarantinesTheSnapshot() throws Exception {
        register(withBrokenPage(database(name), 20));
        var job = backUp("{\"verify\": \"FULL\"}");
        assertThat(job.get("state").asString()).isEqualTo("FAILED");
        var problem = job.get("problem");
        assertThat(problem.get("code").asString()).isEqualTo("CHECK_FAILED");
        assertThat(problem.get("instance").asString())
                .isEqualTo("/api/v1/jobs/" + job.get("id").asString());
        assertThat(problem.get("messages").toString()).contains("page 20");

        var id = problem.get("snapshotId").asString();
        var snapshot = http.get("/snapshots/" + id).json();
        assertThat(snapshot.get("state").asString()).isEqualTo("QUARANTINED");
        assertThat(snapshot.get("verification").asString()).isEqualTo("FAILED");
        assertThat(http.get("/snapshots/" + id + "/checks")
                        .json()
                        .get("items")
                        .get(0)
                        .get("messages")
                        .toString())
                .contains("page 20");
        assertThat(http.get("/databases/" + name).json().get("protection").asString())
                .isEqualTo("UNPROTECTED");
    }

    @Test
    void backupWhenFileWasTruncatedFails() throws Exception {
        var file = database(name);
        register(file);
        truncated(file);
        assertThat(backUp("{}").get("problem").get("code").asString()).isEqualTo("SOURCE_CORRUPT");
    }

    @Test
    void backupWhenFileWasDeletedFails() throws Exception {
        var file = database(name);
        register(file);
        Files.delete(file);
        assertThat(backUp("{}").get("problem").get("code").asString()).isEqualTo("SOURCE_UNREADABLE");
        assertThat(file).doesNotExist();
    }

    @Test
    void backupWhenFileWasReplacedTakesTheNewOne() throws Exception {
        var file = database(name);
        register(file);
        var other = database(ROOT.resolve(name + "-other.db"), "DELETE", 3);
        var bytes = Files.readAllBytes(other);
        Files.move(other, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        var id = snapshot();
        assertSameBytes(
                withoutCounters(http.get("/snapshots/" + id + "/content").bytes()), withoutCounters(bytes));
    }

    @Test
    void backupWhenSourceStaysLockedFailsAtItsDeadlineAndNamesTheHolder() throws Exception {
        try (var _ = lockedDatabase()) {
            var job = backUp("{\"deadline\": \"1s\"}");
            assertThat(job.get("state").asString()).isEqualTo("FAILED");
            assertThat(job.get("problem").get("code").asString()).isEqualTo("SOURCE_LOCKED");
            assertThat(job.get("problem").get("retryable").asBoolean()).isTrue();
            assertThat(job.get("problem").get("holders").get(0).get("pid").asLong())
                    .isEqualTo(ProcessHandle.current().pid());
        }
    }

    @Test
    void twoBackupsAtOnceRunOneAfterTheOther() throws Exception {
        register(database(name));
        var first = http.post("/databases/" + name + "/backups", "{}").json();
        var second = http.post("/databases/" + name + "/backups", "{}").json();
        first = ended(first);
        second = ended(second);
        assertThat(first.get("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(second.get("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(Instant.parse(second.get("startedAt").asString()))
                .isAfterOrEqualTo(Instant.parse(first.get("finishedAt").asString()));
        assertThat(first.get("result").get("snapshotId").asString())
                .isNotEqualTo(second.get("result").get("snapshotId").asString());
    }

    @Test
    void cancelWhenJobRunsEndsIt() throws Exception {
        try (var _ = lockedDatabase()) {
            var job = http.post("/databases/" + name + "/backups", "{}").json();
            var cancelled = http.post("/jobs/" + job.get("id").asString() + "/cancel", "");
            assertThat(cancelled.status()).isEqualTo(202);
            assertThat(cancelled.json().get("cancelRequested").asBoolean()).isTrue();
            assertThat(ended(job).get("state").asString()).isEqualTo("CANCELLED");
        }
        assertThat(http.get("/snapshots?database=" + name).json().get("items")).isEmpty();
    }

    @Test
    void cancelWhenJobHasEndedIsRefused() throws Exception {
        register(database(name));
        var job = backUp("{\"verify\": \"NONE\"}");
        assertProblem(http.post("/jobs/" + job.get("id").asString() + "/cancel", ""), 409, "JOB_FINISHED");
    }
}
