package dev.afterimage.api.restores;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Restores of all databases whose files are gone. */
class AllRestoresTests extends ApiTest {

    private String gone;
    private String there;
    private String never;

    @BeforeEach
    void loseOneOfThree() throws Exception {
        gone = register("gone");
        there = register("there");
        never = register("never");
        for (var database : new String[] {gone, there}) {
            var job =
                    ended(http.post("/databases/" + database + "/backups", "{}").json());
            assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        }
        try (var application = open(file(there))) {
            application.createStatement().execute("DELETE FROM item WHERE id > 5");
        }
        Files.delete(file(gone));
        Files.delete(file(never));
    }

    private String register(String suffix) throws SQLException {
        var database = name + "-" + suffix;
        var file = database(file(database), "DELETE", 100);
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

    private String body(String more) {
        return "{\"databases\": [\"%s\", \"%s\", \"%s\"]%s}".formatted(there, never, gone, more);
    }

    private static String outcomes(JsonNode answer) {
        return String.join(" ", answer.get("items").findValuesAsString("outcome"));
    }

    @Test
    void restoreRestoresWhatIsGoneLeavesWhatIsThereAndTellsWhatCannotBeRestored() throws Exception {
        var missing = http.get("/databases/" + gone).json();
        assertThat(missing.get("problem").get("code").asString()).isEqualTo("SOURCE_UNREADABLE");

        var answer = http.post("/restores/all", body(""));

        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        var items = answer.json().get("items");
        assertThat(items.findValuesAsString("database")).containsExactly(gone, never, there);
        assertThat(outcomes(answer.json())).isEqualTo("SUBMITTED REFUSED PRESENT");
        assertThat(items.get(1).get("problems").get(0).get("code").asString()).isEqualTo("SNAPSHOT_NOT_FOUND");
        var job = ended(http.get("/jobs/" + items.get(0).get("job").asString()).json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        assertThat(rows(file(gone))).isEqualTo(100);
        assertThat(rows(file(there))).isEqualTo(5);
        assertThat(file(never)).doesNotExist();
        assertThat(http.get("/databases/" + gone).json().get("problem").isNull())
                .isTrue();
    }

    @Test
    void restoreWhenAskedToReplacesWhatIsThere() throws Exception {
        var answer = http.post("/restores/all", body(", \"existing\": \"REPLACE_LIVE\""))
                .json();

        assertThat(outcomes(answer)).isEqualTo("SUBMITTED REFUSED SUBMITTED");
        for (var item : answer.get("items")) {
            if (!item.get("job").isNull()) {
                var job = ended(http.get("/jobs/" + item.get("job").asString()).json());
                assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
            }
        }
        assertThat(rows(file(gone))).isEqualTo(100);
        assertThat(rows(file(there))).isEqualTo(100);
    }

    @Test
    void restoreWhenItIsADryRunSubmitsNothing() throws Exception {
        var answer = http.post("/restores/all?dryRun=true", body(""));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(outcomes(answer.json())).isEqualTo("SUBMITTED REFUSED PRESENT");
        var item = answer.json().get("items").get(0);
        assertThat(item.get("job").isNull()).isTrue();
        assertThat(item.get("problems")).isEmpty();
        assertThat(item.get("sizeBytes").asLong()).isPositive();
        assertThat(file(gone)).doesNotExist();
        assertThat(http.get("/jobs?database=" + gone + "&kind=RESTORE").json().get("items"))
                .isEmpty();
    }

    @Test
    void restoreWhenItComesAgainWithItsKeyNamesTheSameJobs() throws Exception {
        var key = "all-" + name;
        var first = http.post("/restores/all", body(""), "Idempotency-Key", key).json();
        ended(http.get("/jobs/" + first.get("items").get(0).get("job").asString())
                .json());

        var again = http.post("/restores/all", body(""), "Idempotency-Key", key).json();

        assertThat(again).isEqualTo(first);
    }

    @Test
    void restoreWhenItSaysWhatMakesNoSenseIsRefusedAndNothingIsSubmitted() {
        var newFiles = http.post("/restores/all", body(", \"existing\": \"NEW_FILE\""));
        assertThat(newFiles.status()).isEqualTo(400);
        var unknown = http.post("/restores/all", "{\"databases\": [\"%s\", \"nobody-%s\"]}".formatted(gone, name));
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(http.get("/jobs?database=" + gone + "&kind=RESTORE").json().get("items"))
                .isEmpty();
    }

    @Test
    void restoreThatReplacesWithoutNamingWhatIsRefusedAndNothingIsSubmitted() throws Exception {
        for (var dryRun : new String[] {"", "?dryRun=true"}) {
            assertInvalid(http.post("/restores/all" + dryRun, "{\"existing\": \"REPLACE_FILE\"}"), "databases");
        }
        for (var database : new String[] {gone, there}) {
            assertThat(http.get("/jobs?kind=RESTORE&database=" + database)
                            .json()
                            .get("items"))
                    .isEmpty();
        }
        assertThat(rows(file(there))).isEqualTo(5);
        assertThat(file(gone)).doesNotExist();
    }

    @Test
    void restoreOfACallerWithALimitSeesOnlyWhatExistsForIt() throws Exception {
        var limited = token("OPERATE", gone);

        var answer = limited.post("/restores/all", "{}").json();

        assertThat(answer.get("items").findValuesAsString("database")).containsExactly(gone);
        assertThat(outcomes(answer)).isEqualTo("SUBMITTED");
    }
}
