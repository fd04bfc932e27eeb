package dev.afterimage.api.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import java.sql.SQLException;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SchemaApiTests extends ApiTest {

    private String snapshotAfter(String... statements) throws SQLException {
        try (var connection = open(ROOT.resolve(name + ".db"));
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
        return snapshot();
    }

    @Test
    void schemaTellsWhatIsInTheSnapshot() throws Exception {
        register(database(name));
        var id = snapshotAfter(
                "CREATE VIEW recent AS SELECT * FROM item",
                "CREATE TRIGGER logged AFTER DELETE ON item BEGIN SELECT 1; END");

        var answer = http.get("/snapshots/" + id + "/schema");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        var schema = answer.json();
        assertThat(schema.get("tables")).hasSize(1);
        var table = schema.get("tables").get(0);
        assertThat(table.get("name").asString()).isEqualTo("item");
        assertThat(table.get("type").asString()).isEqualTo("TABLE");
        assertThat(table.get("rows").asLong()).isEqualTo(2000);
        assertThat(table.get("sql").asString()).startsWith("CREATE TABLE item");
        assertThat(table.at("/indexes/0/name").asString()).isEqualTo("item_by_name");
        assertThat(schema.at("/views/0/name").asString()).isEqualTo("recent");
        assertThat(schema.at("/triggers/0/table").asString()).isEqualTo("item");
        assertThat(looksThatLast()).isEmpty();
    }

    @Test
    void schemaWhenThereIsNoSnapshotIsRefused() {
        assertProblem(http.get("/snapshots/" + UUID.randomUUID() + "/schema"), 404, "SNAPSHOT_NOT_FOUND");
        assertInvalid(http.get("/snapshots/x/schema"), "id");
    }

    @Test
    void differenceTellsWhatChangedBetween() throws Exception {
        register(database(name));
        var before = snapshot();
        var after = snapshotAfter(
                "CREATE TABLE note (text)",
                "DROP INDEX item_by_name",
                "ALTER TABLE item ADD COLUMN price",
                "DELETE FROM item WHERE id > 1990");

        var answer = http.get("/snapshots/" + before + "/diff/" + after);

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        var difference = answer.json();
        assertThat(difference.get("changes"))
                .extracting(change -> change.get("type").asString() + " "
                        + change.get("name").asString() + " "
                        + change.get("change").asString())
                .containsExactly("TABLE item CHANGED", "TABLE note ADDED", "INDEX item_by_name REMOVED");
        assertThat(difference.at("/changes/1/before").isNull()).isTrue();
        var rows = difference.get("rows").get(0);
        assertThat(rows.get("before").asLong()).isEqualTo(2000);
        assertThat(rows.get("after").asLong()).isEqualTo(1990);
        assertThat(rows.get("difference").asLong()).isEqualTo(-10);
        assertThat(difference.at("/rows/1/before").isNull()).isTrue();
        assertThat(difference.at("/rows/1/difference").isNull()).isTrue();
        assertThat(difference.get("pages").isNull()).isTrue();
    }

    @Test
    void differenceWhenPagesAreAskedForTellsWhoseChanged() throws Exception {
        register(database(name));
        var before = snapshot();
        var after = snapshotAfter("UPDATE item SET note = zeroblob(500) WHERE id = 700");

        var pages = http.get("/snapshots/" + before + "/diff/" + after + "?pages=true")
                .json()
                .get("pages");

        assertThat(pages.get("pageSize").asInt()).isEqualTo(4096);
        assertThat(pages.get("before").asLong()).isEqualTo(pages.get("after").asLong());
        assertThat(pages.get("changed").asLong()).isBetween(1L, 2L);
        assertThat(pages.get("trees")).anySatisfy(tree -> {
            assertThat(tree.get("name").asString()).isEqualTo("item");
            assertThat(tree.get("changed").asLong()).isEqualTo(1);
        });
        assertThat(looksThatLast()).isEmpty();
    }

    @Test
    void differenceWhenPagesAreOfDifferentSizesComparesAllButThem() throws Exception {
        var first = snapshotOfNewDatabase();
        try (var connection = open(ROOT.resolve(name + ".db"));
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = DELETE");
            statement.execute("PRAGMA page_size = 8192");
            statement.execute("VACUUM");
        }
        var second = snapshot();

        assertInvalid(http.get("/snapshots/" + first + "/diff/" + second + "?pages=true"), "pages");
        assertThat(http.get("/snapshots/" + first + "/diff/" + second).json().get("changes"))
                .isEmpty();
    }
}
