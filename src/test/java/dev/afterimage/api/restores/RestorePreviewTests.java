package dev.afterimage.api.restores;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a restore would do, answered without doing it. */
class RestorePreviewTests extends ApiTest {

    private JsonNode preview(String snapshot, String target) {
        var answer = http.post(
                "/restores?dryRun=true", "{\"snapshot\": \"%s\", \"target\": %s}".formatted(snapshot, target));
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }

    private String over(String mode) {
        return "{\"database\": \"%s\", \"mode\": \"%s\"}".formatted(name, mode);
    }

    @Test
    void previewOfAReplacementTellsWhatDiffersWhoIsThereAndWhatItTakes() throws Exception {
        var id = snapshotOfNewDatabase();
        var file = ROOT.resolve(name + ".db");
        try (var application = open(file);
                var statement = application.createStatement()) {
            statement.execute("DELETE FROM item WHERE id > 1500");
            statement.execute("CREATE TABLE later (x)");
            statement.execute("DROP INDEX item_by_name");
            var before = Files.readAllBytes(file);

            var preview = preview(id, over("REPLACE_LIVE"));

            assertThat(preview.get("possible").asBoolean())
                    .as(preview.toString())
                    .isTrue();
            assertThat(preview.get("problems")).isEmpty();
            assertThat(preview.get("path").asString()).isEqualTo(file.toString());
            assertThat(preview.get("safetySnapshot").asBoolean()).isTrue();
            assertThat(preview.get("target").get("journalMode").asString()).isEqualTo("WAL");
            long size = preview.get("sizeBytes").asLong();
            assertThat(size)
                    .isEqualTo(
                            http.get("/snapshots/" + id).json().get("sizeBytes").asLong());
            assertThat(preview.get("space")).hasSize(2).allSatisfy(space -> {
                assertThat(space.get("neededBytes").asLong()).isGreaterThanOrEqualTo(size);
                assertThat(space.get("freeBytes").asLong()).isGreaterThan(size);
            });
            assertThat(preview.get("holders").get(0).get("self").asBoolean()).isTrue();
            var rows = preview.get("difference").get("rows").get(0);
            assertThat(rows.get("before").asLong()).isEqualTo(1_500);
            assertThat(rows.get("after").asLong()).isEqualTo(2_000);
            assertThat(preview.get("difference").get("changes").toString())
                    .contains("\"later\",\"change\":\"REMOVED\"", "\"item_by_name\",\"change\":\"ADDED\"");
            assertSameBytes(Files.readAllBytes(file), before);
        }
        assertThat(http.get("/jobs?kind=RESTORE&database=" + name).json().get("items"))
                .isEmpty();
        assertThat(http.get("/databases/" + name + "/snapshots").json().get("items"))
                .hasSize(1);
    }

    @Test
    void previewTellsWhatIsInTheWay() throws Exception {
        var id = snapshotOfNewDatabase();
        try (var application = open(ROOT.resolve(name + ".db"))) {
            application.createStatement().execute("SELECT * FROM item");
            var preview = preview(id, over("REPLACE_FILE"));
            assertThat(preview.get("possible").asBoolean()).isFalse();
            assertThat(preview.get("problems").get(0).get("code").asString()).isEqualTo("TARGET_IN_USE");
        }
    }

    @Test
    void previewOfANewFileHasNothingToCompare() throws Exception {
        var id = snapshotOfNewDatabase();
        var target = ROOT.resolve(name + "-new.db");
        var preview = preview(id, "{\"path\": \"%s\"}".formatted(target));
        assertThat(preview.get("possible").asBoolean()).isTrue();
        assertThat(preview.get("target").isNull()).isTrue();
        assertThat(preview.get("difference").isNull()).isTrue();
        assertThat(target).doesNotExist();
    }
}
