package dev.afterimage.api.backups;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Backups of several databases at one moment, as jobs. */
class GroupBackupTests extends ApiTest {

    @Test
    void groupBackupMakesACheckedSnapshotOfEachDatabase() throws Exception {
        var first = register("a", "WAL");
        var second = register("b", "DELETE");
        var job = ended(http.post("/backups", """
                        {"databases": ["%s", "%s"], "verify": "QUICK", "labels": {"x": "y"}, "maxBytesPerSecond": "50MB",
                         "priority": "HIGH", "deadline": "1m"}
                        """.formatted(first, second)).json());

        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertThat(job.get("kind").asString()).isEqualTo("GROUP_BACKUP");
        assertThat(job.get("database").isNull()).isTrue();
        assertThat(job.get("databases").toString()).contains(first, second);
        var result = job.get("result");
        var group = result.get("groupId").asString();
        assertThat(result.get("oneMoment").asBoolean()).isTrue();
        assertThat(result.get("snapshotIds").propertyNames()).containsExactlyInAnyOrder(first, second);
        for (var database : new String[] {first, second}) {
            var snapshot = http.get("/snapshots/"
                            + result.get("snapshotIds").get(database).asString())
                    .json();
            assertThat(snapshot.get("database").asString()).isEqualTo(database);
            assertThat(snapshot.get("groupId").asString()).isEqualTo(group);
            assertThat(snapshot.get("verification").asString()).isEqualTo("PASSED");
            assertThat(snapshot.get("labels").get("x").asString()).isEqualTo("y");
            assertThat(http.get("/jobs?kind=GROUP_BACKUP&database=" + database)
                            .json()
                            .get("items"))
                    .hasSize(1);
            assertThat(http.get("/databases/" + database)
                            .json()
                            .get("protection")
                            .asString())
                    .isEqualTo("PROTECTED");
        }
        assertThat(http.get("/snapshots?group=" + group).json().get("items")).hasSize(2);
        assertThat(http.get("/databases/" + first + "/snapshots?group=" + group)
                        .json()
                        .get("items"))
                .hasSize(1);
        assertThat(http.get("/snapshots?group=" + job.get("id").asString())
                        .json()
                        .get("items"))
                .isEmpty();
    }

    @Test
    void groupBackupWhenOneDatabaseFailsNamesItAndMakesNone() throws Exception {
        var first = register("a", "WAL");
        var second = register("b", "WAL");
        Files.delete(path(second));
        var job = ended(http.post("/backups", "{\"databases\": [\"%s\", \"%s\"]}".formatted(first, second))
                .json());

        assertThat(job.get("state").asString()).isEqualTo("FAILED");
        assertThat(job.get("problem").get("code").asString()).isEqualTo("SOURCE_UNREADABLE");
        assertThat(job.get("problem").get("database").asString()).isEqualTo(second);
        assertThat(job.get("problem").get("detail").asString()).startsWith("'" + second + "'");
        assertThat(http.get("/snapshots?database=" + first).json().get("items")).isEmpty();
    }

    @Test
    void groupBackupWhenOneIsAnEmptyFileSaysWhatCanBeDone() throws Exception {
        var first = register("a", "WAL");
        var second = register("b", "WAL");
        Files.write(path(second), new byte[0]);
        var job = ended(http.post("/backups", "{\"databases\": [\"%s\", \"%s\"]}".formatted(first, second))
                .json());

        assertThat(job.get("problem").get("code").asString()).isEqualTo("METHOD_NOT_POSSIBLE");
        assertThat(job.get("problem").get("database").asString()).isEqualTo(second);
        assertThat(job.get("problem").get("hint").asString()).contains("by itself");
    }

    @Test
    void groupBackupWhenSentAgainWithTheNamesInAnotherOrderIsTheSameJob() throws Exception {
        var first = register("a", "WAL");
        var second = register("b", "WAL");
        var body = "{\"databases\": [\"%s\", \"%s\"]}";
        var job = http.post("/backups", body.formatted(first, second), "Idempotency-Key", name)
                .json();
        var again = http.post("/backups", body.formatted(second, first), "Idempotency-Key", name)
                .json();
        assertThat(again.get("id")).isEqualTo(job.get("id"));
        ended(job);
    }

    @Test
    void groupBackupWhenOneDoesNotPassItsCheckNamesItAndKeepsTheOthers() throws Exception {
        var first = register("a", "WAL");
        var second = register("b", "WAL");
        withBrokenPage(path(first), 20);
        var job = ended(http.post("/backups", "{\"databases\": [\"%s\", \"%s\"]}".formatted(first, second))
                .json());

        assertThat(job.get("problem").get("code").asString()).isEqualTo("CHECK_FAILED");
        assertThat(job.get("problem").get("database").asString()).isEqualTo(first);
        assertThat(state(first)).isEqualTo("QUARANTINED");
        assertThat(state(second)).isEqualTo("AVAILABLE");
    }

    @Test
    void groupBackupWhenCancelledLeavesNothing() throws Exception {
        var first = register("a", "WAL");
        var second = register("b", "DELETE");
        try (var application = open(path(second))) {
            application.createStatement().execute("BEGIN EXCLUSIVE");
            var job = http.post("/backups", "{\"databases\": [\"%s\", \"%s\"]}".formatted(first, second))
                    .json();
            assertThat(http.post("/jobs/" + job.get("id").asString() + "/cancel", "")
                            .status())
                    .isEqualTo(202);
            assertThat(ended(job).get("state").asString()).isEqualTo("CANCELLED");
        }
        assertThat(http.get("/snapshots?database=" + first).json().get("items")).isEmpty();
    }

    @Test
    void groupBackupWhenTheRequestIsNotWholeIsRefused() throws Exception {
        var first = register("a", "WAL");
        assertInvalid(http.post("/backups", "{}"), "databases");
        assertInvalid(http.post("/backups", "{\"databases\": [\"%s\"]}".formatted(first)), "databases");
        assertInvalid(http.post("/backups", "{\"databases\": [\"%1$s\", \"%1$s\"]}".formatted(first)), "databases");
        assertInvalid(http.post("/backups", "{\"databases\": [\"%s\", null]}".formatted(first)), "databases[1]");
        assertProblem(
                http.post("/backups", "{\"databases\": [\"%s\", \"nobody\"]}".formatted(first)),
                404,
                "DATABASE_NOT_FOUND");
    }

    private String register(String suffix, String journalMode) throws Exception {
        var database = name + "-" + suffix;
        var file = database(path(database), journalMode, 500);
        var answer = http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(database, file));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return database;
    }

    private static Path path(String database) {
        return ROOT.resolve(database + ".db");
    }

    private String state(String database) {
        return http.get("/snapshots?database=" + database)
                .json()
                .get("items")
                .get(0)
                .get("state")
                .asString();
    }
}
