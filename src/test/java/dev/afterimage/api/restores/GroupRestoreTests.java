package dev.afterimage.api.restores;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Restores of all snapshots of a group, as one job. */
class GroupRestoreTests extends ApiTest {

    private String first;
    private String second;
    private String group;

    @BeforeEach
    void takeGroup() throws Exception {
        first = register("a", "WAL");
        second = register("b", "DELETE");
        var job = ended(http.post(
                        "/backups", "{\"databases\": [\"%s\", \"%s\"], \"verify\": \"NONE\"}".formatted(first, second))
                .json());
        group = job.get("result").get("groupId").asString();
        for (var database : new String[] {first, second}) {
            try (var application = open(file(database))) {
                application.createStatement().execute("DELETE FROM item WHERE id > 5");
            }
        }
    }

    private String register(String suffix, String journalMode) throws SQLException {
        var database = name + "-" + suffix;
        var file = database(file(database), journalMode, 100);
        var answer = http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(database, file));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return database;
    }

    private static Path file(String database) {
        return ROOT.resolve(database + ".db");
    }

    private static long rows(Path file) throws SQLException {
        try (var connection = open(file);
                var rows = connection.createStatement().executeQuery("SELECT count(*) FROM item")) {
            return rows.getLong(1);
        }
    }

    private static String undo(String database, JsonNode restored) {
        return "{\"snapshot\": \"%s\", \"target\": {\"database\": \"%s\", \"mode\": \"REPLACE_LIVE\"}}"
                .formatted(restored.get("safetySnapshot").asString(), database);
    }

    private String live(String... replaced) {
        return "\"mode\": \"REPLACE_LIVE\", \"replaces\": [\"%s\"]".formatted(String.join("\", \"", replaced));
    }

    private Answer restore(String body) {
        return http.post("/groups/" + group + "/restores", body);
    }

    @Test
    void groupRestoreBringsAllDatabasesBackAndTheirSafetySnapshotsUndoThat() throws Exception {
        var job = ended(restore("{%s}".formatted(live(second, first))).json());

        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertThat(job.get("databases").toString()).contains(first, second);
        assertThat(rows(file(first))).isEqualTo(100);
        assertThat(rows(file(second))).isEqualTo(100);
        for (JsonNode restored : job.get("result").get("restored")) {
            var database = restored.get("path").asString().equals(file(first).toString()) ? first : second;
            var undone = ended(http.post("/restores", undo(database, restored)).json());
            assertThat(undone.get("state").asString()).isEqualTo("SUCCEEDED");
        }
        assertThat(rows(file(first))).isEqualTo(5);
        assertThat(rows(file(second))).isEqualTo(5);
    }

    @Test
    void groupRestoreWhenOneTargetCannotTakeItsSnapshotChangesNone() throws Exception {
        var inTheWay = ROOT.resolve(name + "-new.db");
        var body = "{\"deadline\": \"1s\", %s, \"targets\": {\"%s\": {\"path\": \"%s\"}}}"
                .formatted(live(first), second, inTheWay);
        try (var writer = open(file(first))) {
            writer.createStatement().execute("BEGIN IMMEDIATE");
            var job = ended(restore(body).json());
            assertThat(job.get("problem").get("code").asString())
                    .as(job.toString())
                    .isEqualTo("TARGET_IN_USE");
        }
        assertThat(inTheWay).doesNotExist();
        assertThat(rows(file(first))).isEqualTo(5);
        assertThat(http.get("/databases/" + first + "/snapshots").json().get("items"))
                .as("what it took for safety is not needed")
                .hasSize(1);
    }

    @Test
    void groupRestoreWhenALaterOneFailsSaysWhatWasRestoredAndFromWhatItIsUndone() throws Exception {
        try (var writer = open(file(first))) { // the newest snapshot of the group comes first, and that is the second's
            writer.createStatement().execute("BEGIN IMMEDIATE");
            var problem = ended(restore("{\"deadline\": \"2s\", %s}".formatted(live(first, second)))
                            .json())
                    .get("problem");
            assertThat(problem.get("code").asString()).as(problem.toString()).isEqualTo("GROUP_RESTORE_INCOMPLETE");
            assertThat(problem.get("failed").asString()).isEqualTo(file(first).toString());
            var restored = problem.get("restored").get(0);
            assertThat(restored.get("path").asString()).isEqualTo(file(second).toString());
            assertThat(rows(file(second))).isEqualTo(100);
            var undone = ended(http.post("/restores", undo(second, restored)).json());
            assertThat(undone.get("state").asString()).isEqualTo("SUCCEEDED");
            assertThat(rows(file(second))).isEqualTo(5);
        }
        assertThat(rows(file(first))).isEqualTo(5);
    }

    @Test
    void groupRestoreToNewFilesLeavesTheDatabasesAlone() throws Exception {
        var target = ROOT.resolve(name + "-new-");
        var job = ended(restore("""
                        {"targets": {"%s": {"path": "%sa.db"}, "%s": {"path": "%sb.db"}}}
                        """.formatted(first, target, second, target)).json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertThat(rows(Path.of(target + "a.db"))).isEqualTo(100);
        assertThat(rows(Path.of(target + "b.db"))).isEqualTo(100);
        assertThat(rows(file(first))).isEqualTo(5);
    }

    @Test
    void groupRestoreWhenTheRequestDoesNotFitTheGroupIsRefused() throws Exception {
        assertInvalid(restore("{\"targets\": {\"nobody\": {\"path\": \"/x.db\"}}}"), "targets");
        assertInvalid(restore("{\"mode\": \"NEW_FILE\"}"), "target.path");
        var same = ROOT.resolve(name + "-same.db");
        assertInvalid(
                restore("{\"targets\": {\"%s\": {\"path\": \"%s\"}, \"%s\": {\"path\": \"%s\"}}}"
                        .formatted(first, same, second, same)),
                "targets");
        assertProblem(
                http.post("/groups/01a1fd78-7ecf-7b0d-aa27-3ad072fbc0dc/restores", "{}"), 404, "SNAPSHOT_NOT_FOUND");
        assertThat(Files.exists(same)).isFalse();
    }

    @Test
    void groupRestoreWhenASnapshotWasDeletedIsRefusedUnlessThePartIsWanted() throws Exception {
        var deleted = http.get("/databases/" + first + "/snapshots")
                .json()
                .get("items")
                .get(0)
                .get("id")
                .asString();
        assertThat(http.delete("/snapshots/" + deleted + "?force=true").status())
                .isEqualTo(204);
        assertInvalid(restore("{%s}".formatted(live(first, second))), "partial");
        assertThat(ended(restore("{\"partial\": true, %s}".formatted(live(second)))
                                .json())
                        .get("state")
                        .asString())
                .isEqualTo("SUCCEEDED");
        assertThat(rows(file(first))).isEqualTo(5);
        assertThat(rows(file(second))).isEqualTo(100);
    }

    @Test
    void groupRestoreThatDoesNotNameJustWhatIsReplacedIsRefusedAndNothingIsSubmitted() throws Exception {
        assertThat(http.post("/groups/" + group + "/restores", "").status()).isEqualTo(400);
        assertInvalid(restore("{}"), "mode");
        assertInvalid(restore("{\"replaces\": [\"%s\", \"%s\"]}".formatted(first, second)), "mode");
        var unconfirmed = restore("{\"mode\": \"REPLACE_LIVE\"}");
        assertInvalid(unconfirmed, "replaces");
        assertThat(unconfirmed.json().get("detail").asString()).contains(first, second);
        assertInvalid(restore("{%s}".formatted(live(first))), "replaces");
        assertInvalid(restore("{%s}".formatted(live(first, second, "other"))), "replaces");
        var beside = ROOT.resolve(name + "-new.db");
        var part = "{%s, \"targets\": {\"%s\": {\"path\": \"%s\"}}}";
        assertInvalid(restore(part.formatted(live(first, second), second, beside)), "replaces");
        var byPath =
                "{\"targets\": {\"%s\": {\"path\": \"%s\", \"mode\": \"REPLACE_LIVE\"}, \"%s\": {\"path\": \"%s\"}}}";
        var registeredThere = restore(byPath.formatted(first, file(first), second, beside));
        assertInvalid(registeredThere, "replaces");
        assertThat(registeredThere.json().get("detail").asString())
                .contains(first)
                .doesNotContain(second);
        var dryRun = http.post("/groups/" + group + "/restores?dryRun=true", "{%s}".formatted(live(first)));
        assertInvalid(dryRun, "replaces");
        assertThat(http.get("/jobs?kind=GROUP_RESTORE&database=" + first).json().get("items"))
                .isEmpty();
        assertThat(rows(file(first))).isEqualTo(5);
        assertThat(rows(file(second))).isEqualTo(5);
    }

    @Test
    void groupRestoreWithDryRunChangesNothing() throws Exception {
        var answer = http.post("/groups/" + group + "/restores?dryRun=true", "{\"mode\": \"REPLACE_LIVE\"}");
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().get("items")).hasSize(2).allSatisfy(preview -> {
            assertThat(preview.get("possible").asBoolean())
                    .as(preview.toString())
                    .isTrue();
            assertThat(preview.get("difference").get("rows").get(0).get("after").asLong())
                    .isEqualTo(100);
        });
        assertThat(rows(file(first))).isEqualTo(5);
    }
}
