package dev.afterimage.api.snapshots;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Downloads as SQL. That the text makes an equal database is proven where it is made. */
class SqlDownloadTests extends ApiTest {

    @Test
    void downloadAnswersWithTextThatTheShellReads() throws Exception {
        var answer = http.get("/snapshots/" + snapshotOfNewDatabase() + "/content?format=sql");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/sql;charset=UTF-8");
        assertThat(answer.header("Content-Disposition"))
                .matches("attachment; filename=\"" + name + "-\\d{8}T\\d{6}Z\\.sql\"");
        assertThat(answer.header("Accept-Ranges")).isEqualTo("none");
        assertThat(answer.header("Transfer-Encoding")).isEqualTo("chunked");
        assertThat(answer.text())
                .startsWith("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n")
                .contains("\nINSERT INTO \"item\" VALUES(2000,'item 2000',x'")
                .endsWith("\nCOMMIT;\n");
        assertThat(looksThatLast()).isEmpty();
        assertShellReads(answer.bytes());
    }

    private void assertShellReads(byte[] sql) throws Exception {
        assumeThat(Path.of("/usr/bin/sqlite3")).exists();
        var copy = ROOT.resolve(name + "-copy.db");
        var text = Files.write(ROOT.resolve(name + ".sql"), sql);
        var shell = new ProcessBuilder("sqlite3", copy.toString())
                .redirectInput(text.toFile())
                .start();
        assertThat(shell.waitFor()).isZero();
        try (var original = open(ROOT.resolve(name + ".db"));
                var statement = original.createStatement()) {
            statement.execute("ATTACH '" + copy + "' AS copy");
            var differing = statement.executeQuery(
                    "SELECT count(*), (SELECT count(*) FROM copy.item) FROM (SELECT * FROM item EXCEPT SELECT * FROM copy.item)");
            assertThat(differing.getInt(1)).isZero();
            assertThat(differing.getInt(2)).isEqualTo(2000);
        }
    }

    @Test
    void downloadWhenATableIsNamedAnswersWithItsRowsThatFit() throws Exception {
        var content = "/snapshots/" + snapshotOfNewDatabase() + "/content?format=sql";

        var answer = http.get(content + "&table=item&where=id%20%3E%201999");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.text())
                .startsWith("BEGIN TRANSACTION;\nINSERT INTO \"item\"(\"id\",")
                .contains("VALUES(2000,'item 2000',x'")
                .endsWith(");\nCOMMIT;\n")
                .hasLineCount(3);
        assertThat(http.get(content + "&table=item").text()).hasLineCount(2002);
        assertProblem(http.get(content + "&table=item&where=1%3BDROP"), 422, "QUERY_REFUSED");
        assertProblem(http.get(content + "&table=other"), 422, "QUERY_REFUSED");
        assertInvalid(http.get(content + "&where=1"), "where");
        assertInvalid(http.get(content.replace("format=sql", "table=item")), "table");
        assertThat(looksThatLast()).isEmpty();
    }

    @Test
    void downloadWhenARangeIsAskedForAnswersWithTheWhole() throws Exception {
        var answer = http.get("/snapshots/" + snapshotOfNewDatabase() + "/content?format=sql", "Range", "bytes=0-9");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).endsWith("COMMIT;\n");
    }

    @Test
    void headAnswersWithTheHeadersAlone() throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase() + "/content?format=sql";
        var get = http.get(path);
        var head = http.head(path);

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.bytes()).isEmpty();
        for (var header : List.of("Content-Type", "Content-Disposition", "Accept-Ranges")) {
            assertThat(head.header(header)).isEqualTo(get.header(header));
        }
    }

    @Test
    void downloadWhenFormatIsSqliteAnswersWithTheFile() throws Exception {
        var answer = http.get("/snapshots/" + snapshotOfNewDatabase() + "/content?format=sqlite");

        assertThat(answer.header("Content-Type")).isEqualTo("application/vnd.sqlite3");
        assertThat(answer.text()).startsWith("SQLite format 3\0");
    }

    @Test
    void downloadWhenFormatIsUnknownIsRefused() throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase() + "/content?format=csv";

        assertInvalid(http.get(path), "format");
        assertThat(http.head(path).status()).isEqualTo(400);
    }

    /** A damaged page that is met when a part is on its way already. */
    @Test
    void downloadWhenContentIsDamagedBreaksOffInsteadOfEnding() throws Exception {
        var id = snapshotWithBrokenPage(300);
        var path = "/snapshots/" + id + "/content?format=sql";

        assertProblem(http.get(path), 409, "SNAPSHOT_QUARANTINED");
        assertThatThrownBy(() -> http.get(path + "&allowDamaged=true")).isInstanceOf(UncheckedIOException.class);
        assertThat(looksThatLast()).isEmpty();
    }

    @Test
    void downloadWhenTheSchemaIsDamagedIsRefused() throws Exception {
        var id = snapshotWithBrokenPage(2);
        var answer = http.get("/snapshots/" + id + "/content?format=sql&allowDamaged=true");

        assertProblem(answer, 422, "CONTENT_UNREADABLE");
        assertThat(answer.findHeader("Content-Disposition")).isEmpty();
        assertThat(looksThatLast()).isEmpty();
    }

    private String snapshotWithBrokenPage(int page) throws SQLException, IOException {
        register(withBrokenPage(database(ROOT.resolve(name + ".db"), "DELETE", 8_000), page));
        return backUp("{}").get("problem").get("snapshotId").asString();
    }

    @Test
    void downloadWhenTheClientGoesAwayLeavesNothingInStaging() throws Exception {
        register(database(ROOT.resolve(name + ".db"), "DELETE", 30_000));
        var path = http.uri("/snapshots/" + snapshot() + "/content?format=sql");
        try (var client = new Socket("127.0.0.1", path.getPort())) {
            var request = "GET " + path.getRawPath() + "?" + path.getRawQuery()
                    + " HTTP/1.1\r\nHost: localhost\r\nX-API-Key: " + http.token() + "\r\n\r\n";
            client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            assertThat(client.getInputStream().readNBytes(1000)).hasSize(1000);
            assertThat(looksThatLast()).hasSize(1);
        }

        await().untilAsserted(() -> assertThat(looksThatLast()).isEmpty());
    }
}
