package dev.afterimage.api.queries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class QueryApiTests extends ApiTest {

    private Answer ask(String path, String body, String... headers) {
        return http.post(path + "/query", body, headers);
    }

    private String snapshotWith(String... statements) throws Exception {
        register(database(name));
        try (var connection = open(ROOT.resolve(name + ".db"));
                var statement = connection.createStatement()) {
            for (var sql : statements) {
                statement.execute(sql);
            }
        }
        return snapshot();
    }

    @Test
    void queryAnswersWithTheRowsOfTheSnapshot() throws Exception {
        var id = snapshotWith(
                "CREATE TABLE odd (i INTEGER, r REAL, t TEXT, b BLOB)",
                "INSERT INTO odd VALUES (9007199254740993, 1, '', x'00ff'), (NULL, -1e999, 'ü\"', x'')");

        var answer = ask("/snapshots/" + id, "{\"sql\": \"SELECT * FROM odd\"}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.text()).contains("[9007199254740993,1.0,\"\",{\"base64\":\"AP8=\"}]");
        assertThat(answer.text()).contains("[null,{\"real\":\"-Infinity\"},\"ü\\\"\",{\"base64\":\"\"}]");
        var json = answer.json();
        assertThat(json.get("snapshotId").asString()).isEqualTo(id);
        assertThat(json.get("createdAt").asString())
                .isEqualTo(http.get("/snapshots/" + id).json().get("createdAt").asString());
        assertThat(json.at("/columns/0/name").asString()).isEqualTo("i");
        assertThat(json.at("/columns/0/declaredType").asString()).isEqualTo("INTEGER");
        assertThat(json.get("truncated").asBoolean()).isFalse();
        assertThat(looksThatLast()).isEmpty();
    }

    @Test
    void queryWhenTheSnapshotWasDeletedSinceItWasAskedIsRefused() throws Exception {
        var id = snapshotWith();
        snapshot(); // the last good one is not deleted
        var sql = "{\"sql\": \"SELECT count(*) FROM item\"}";
        assertThat(ask("/snapshots/" + id, sql).status()).isEqualTo(200);

        assertThat(http.delete("/snapshots/" + id).status()).isEqualTo(204);

        assertProblem(ask("/snapshots/" + id, sql), 404, "SNAPSHOT_NOT_FOUND");
    }

    @Test
    void queryOfADatabaseAsksItsNewestSnapshot() throws Exception {
        assertProblem(ask("/databases/" + name, "{\"sql\": \"SELECT 1\"}"), 404, "DATABASE_NOT_FOUND");
        register(database(name));
        assertProblem(ask("/databases/" + name, "{\"sql\": \"SELECT 1\"}"), 404, "SNAPSHOT_NOT_FOUND");
        snapshot();
        try (var connection = open(ROOT.resolve(name + ".db"));
                var statement = connection.createStatement()) {
            statement.execute("DELETE FROM item WHERE id > 3");
        }
        var newest = snapshot();

        var answer = ask(
                "/databases/" + name,
                "{\"sql\": \"SELECT id FROM item WHERE id > ? ORDER BY id\", \"params\": [1], \"limit\": 1}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.json().get("snapshotId").asString()).isEqualTo(newest);
        assertThat(answer.json().get("rows").toString()).isEqualTo("[[2]]");
        assertThat(answer.json().get("truncated").asBoolean()).isTrue();
        assertThat(answer.header("Afterimage-Truncated")).isEqualTo("true");
    }

    @Test
    void queryWhenCsvIsWantedTellsNullFromEmpty() throws Exception {
        var id = snapshotWith("CREATE TABLE odd (a, \"b,c\")", "INSERT INTO odd VALUES (NULL, ''), ('x\"', x'00ff')");
        var body = "{\"sql\": \"SELECT * FROM odd\"%s}";

        var byHeader = ask("/snapshots/" + id, body.formatted(""), "Accept", "text/csv");
        var byField = ask("/snapshots/" + id, body.formatted(", \"format\": \"CSV\""));

        assertThat(byHeader.text()).isEqualTo("a,\"b,c\"\r\n,\"\"\r\n\"x\"\"\",AP8=\r\n");
        assertThat(byHeader.header("Content-Type")).startsWith("text/csv");
        assertThat(byHeader.header("Afterimage-Snapshot")).isEqualTo(id);
        assertThat(byField.text()).isEqualTo(byHeader.text());
        assertProblem(
                ask("/snapshots/" + id, "{\"sql\": \"DELETE FROM odd\"}", "Accept", "text/csv"), 422, "QUERY_REFUSED");
    }

    @Test
    void queryWhenParametersAreGivenBindsThem() throws Exception {
        var id = snapshotWith();
        var types = ask(
                "/snapshots/" + id,
                "{\"sql\": \"SELECT typeof(?), ?, ?, typeof(?), hex(?), ?\","
                        + " \"params\": [null, true, 9223372036854775807, 0.5, {\"base64\": \"AP8=\"}, \"x\"]}");
        assertThat(types.json().get("rows").toString())
                .isEqualTo("[[\"null\",1,9223372036854775807,\"real\",\"00FF\",\"x\"]]");

        for (var wrong :
                new String[] {"9223372036854775808", "[]", "{}", "{\"base64\": \"?\"}", "{\"base64\": 1}", "1e999"}) {
            var answer = ask("/snapshots/" + id, "{\"sql\": \"SELECT ?\", \"params\": [" + wrong + "]}");
            assertProblem(answer, 400, "INVALID_REQUEST");
        }
        assertProblem(ask("/snapshots/" + id, "{\"sql\": \"SELECT ?\"}"), 422, "QUERY_REFUSED");
    }

    @Test
    void queryWhenItIsNoneIsRefused() throws Exception {
        var id = snapshotWith();
        assertInvalid(ask("/snapshots/" + id, "{}"), "sql");
        assertInvalid(ask("/snapshots/" + id, "{\"sql\": \"SELECT 1\", \"limit\": 0}"), "limit");
        assertInvalid(ask("/snapshots/" + id, "{\"sql\": \"SELECT 1\", \"limit\": 100001}"), "limit");
        assertProblem(ask("/snapshots/" + UUID.randomUUID(), "{\"sql\": \"SELECT 1\"}"), 404, "SNAPSHOT_NOT_FOUND");
        for (var sql :
                new String[] {"ATTACH 'x' AS y", "PRAGMA page_size", "SELECT 1; SELECT 2", "SELECT load_extension('x')"
                }) {
            assertProblem(ask("/snapshots/" + id, "{\"sql\": \"" + sql + "\"}"), 422, "QUERY_REFUSED");
        }
        assertThat(looksThatLast()).isEmpty();
    }

    @Test
    void queryWhenTheAnswerIsTooLargeIsRefused() throws Exception {
        var id = snapshotWith();
        var sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT hex(randomblob(500)) FROM n";
        var body = "{\"sql\": \"" + sql + "\", \"limit\": 100000}";

        assertProblem(ask("/snapshots/" + id, body), 422, "QUERY_TOO_LARGE");
        assertProblem(ask("/snapshots/" + id, body, "Accept", "text/csv"), 422, "QUERY_TOO_LARGE");
        assertThat(looksThatLast()).isEmpty();
    }

    @Test
    void queryIsForThoseWhoMayReadAndIsRecorded() throws Exception {
        var id = snapshotWith();
        var reader = token("READ");

        assertThat(reader.post("/snapshots/" + id + "/query", "{\"sql\": \"SELECT 1\"}")
                        .status())
                .isEqualTo(200);
        assertThat(reader.post("/databases/" + name + "/query", "{\"sql\": \"SELECT 1\"}")
                        .status())
                .isEqualTo(200);

        assertThat(http.get("/audit?database=" + name + "&limit=2").json().get("items"))
                .extracting(entry -> entry.get("operation").asString())
                .containsExactly("queryDatabase", "querySnapshot");
    }
}
