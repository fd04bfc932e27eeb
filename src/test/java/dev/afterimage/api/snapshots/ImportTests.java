package dev.afterimage.api.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Old backups that arrive over HTTP: what becomes of good ones, and that nothing is left of others. */
class ImportTests extends ApiTest {

    private static final Path UPLOADS = HOME.resolve("uploads");
    private static final String OCTETS = "application/octet-stream";

    /** Registers a database of the test's name, of which there is no snapshot. */
    private void registerEmpty() throws SQLException {
        register(database(ROOT.resolve(name + ".db"), "DELETE", 10));
    }

    private static Path oldBackup(String journalMode) throws SQLException {
        return database(OUTSIDE.resolve(UUID.randomUUID() + ".db"), journalMode, 500);
    }

    private Answer send(String query, BodyPublisher body, String... headers) {
        var type = headers.length == 0 ? new String[] {"Content-Type", OCTETS} : headers;
        return http.send(
                http.request("/databases/" + name + "/snapshots" + query, type).POST(body));
    }

    private JsonNode imported(String query, Path file) throws IOException {
        var answer = send(query, BodyPublishers.ofFile(file));
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        var job = ended(answer.json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        return http.get("/snapshots/" + job.get("result").get("snapshotId").asString())
                .json();
    }

    private byte[] content(JsonNode snapshot) {
        return http.get("/snapshots/" + snapshot.get("id").asString() + "/content")
                .bytes();
    }

    @Test
    void importMakesACheckedSnapshotWithEachByteOfTheFile() throws Exception {
        registerEmpty();
        var file = oldBackup("DELETE");
        var answer = send(
                "?createdAt=2025-12-31T23:00:00%2B01:00&label=from=tape,%20box%207&label=why=a=b&verify=QUICK&priority=HIGH",
                BodyPublishers.ofFile(file), "Content-Type", "application/vnd.sqlite3");
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        assertThat(answer.header("Location"))
                .isEqualTo("/api/v1/jobs/" + answer.json().get("id").asString());
        assertThat(answer.json().get("kind").asString()).isEqualTo("IMPORT");
        assertThat(answer.json().get("priority").asString()).isEqualTo("HIGH");
        var id = ended(answer.json()).get("result").get("snapshotId").asString();
        var snapshot = http.get("/snapshots/" + id).json();
        assertSameBytes(content(snapshot), Files.readAllBytes(file));
        assertThat(snapshot.get("createdAt").asString()).isEqualTo("2025-12-31T22:00:00Z");
        assertThat(snapshot.get("methodUsed").asString()).isEqualTo("IMPORT");
        assertThat(snapshot.get("verification").asString()).isEqualTo("PASSED");
        assertThat(snapshot.get("labels").get("from").asString()).isEqualTo("tape, box 7");
        assertThat(snapshot.get("labels").get("why").asString()).isEqualTo("a=b");
        assertThat(snapshot.get("notes")).isEmpty();
        var checks = http.get("/snapshots/" + id + "/checks").json().get("items");
        assertThat(checks)
                .singleElement()
                .satisfies(check -> assertThat(check.get("level").asString()).isEqualTo("QUICK"));
        assertThat(UPLOADS).isEmptyDirectory();
    }

    @Test
    void importWhenTheSizeIsNotAnnouncedAndTheTypeNotGivenTakesTheFile() throws Exception {
        registerEmpty();
        var bytes = Files.readAllBytes(oldBackup("WAL"));
        var chunked = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes));
        var answer = http.send(http.request("/databases/" + name + "/snapshots").POST(chunked));
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        var id = ended(answer.json()).get("result").get("snapshotId").asString();
        var snapshot = http.get("/snapshots/" + id).json();
        assertSameBytes(content(snapshot), bytes);
        assertThat(snapshot.get("notes").get(0).asString()).contains("-wal");
    }

    @Test
    void importStoresOnlyThePagesThatAreNotKnown() throws Exception {
        var live = database(name);
        register(live);
        var backup = http.get("/snapshots/" + snapshot()).json();
        SampleDatabases.create(live, "PRAGMA wal_checkpoint(TRUNCATE)", "UPDATE item SET note = NULL WHERE id = 7");
        SampleDatabases.create(live, "PRAGMA wal_checkpoint(TRUNCATE)");
        var snapshot = imported("", live);
        assertSameBytes(content(snapshot), Files.readAllBytes(live));
        assertThat(snapshot.get("newBytes").asLong())
                .isLessThan(backup.get("newBytes").asLong() / 10);
    }

    @Test
    void importOfAnOldBackupIsNeitherTheLastSnapshotNorProtectsTheDatabase() throws Exception {
        registerEmpty();
        var old = imported("?createdAt=2020-02-29T00:00:00Z", oldBackup("DELETE"));
        assertThat(protection()).isEqualTo("STALE");
        var backup = snapshot();
        var newer = imported("?createdAt=2021-01-01T00:00:00Z", oldBackup("DELETE"));
        var database = http.get("/databases/" + name).json();
        assertThat(database.get("lastSnapshot").get("id").asString()).isEqualTo(backup);
        assertThat(protection()).isEqualTo("PROTECTED");
        var listed = http.get("/databases/" + name + "/snapshots").json().get("items");
        assertThat(listed)
                .extracting(item -> item.get("id").asString())
                .as("newest first")
                .containsExactly(
                        backup, newer.get("id").asString(), old.get("id").asString());
    }

    private String protection() {
        return http.get("/databases/" + name).json().get("protection").asString();
    }

    static List<byte[]> noDatabases() throws Exception {
        var whole = Files.readAllBytes(oldBackup("DELETE"));
        return List.of(
                new byte[0],
                "Dear diary, ".repeat(1000).getBytes(StandardCharsets.UTF_8),
                Arrays.copyOf(whole, 50),
                Arrays.copyOf(whole, whole.length - 4096),
                Arrays.copyOf(whole, whole.length + 100));
    }

    @ParameterizedTest
    @MethodSource("noDatabases")
    void importWhenTheBodyIsNoWholeDatabaseIsRefusedAndLeavesNothing(byte[] body) throws Exception {
        registerEmpty();
        var answer = send("", BodyPublishers.ofByteArray(body));
        assertProblem(answer, 422, "NOT_A_DATABASE");
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @CsvSource({
        "createdAt=2999-01-01T00:00:00Z, createdAt",
        "createdAt=1969-12-31T23:59:59Z, createdAt",
        "createdAt=yesterday, createdAt",
        "verify=NONE, verify",
        "priority=9, priority",
        "deadline=0s, deadline",
        "label=nothing, label",
        "label=a=1&label=a=2, label",
        "label==1, label"
    })
    void importWhenAParameterIsInvalidIsRefused(String query, String field) throws Exception {
        registerEmpty();
        assertInvalid(send("?" + query, BodyPublishers.ofFile(oldBackup("DELETE"))), field);
        assertNothingIsLeft();
    }

    @Test
    void importWhenTheDatabaseIsNotRegisteredOrTheTypeIsAnotherIsRefused() throws Exception {
        var body = BodyPublishers.ofFile(oldBackup("DELETE"));
        assertProblem(send("", body), 404, "DATABASE_NOT_FOUND");
        registerEmpty();
        var answer = send("", body, "Content-Type", "application/x-www-form-urlencoded");
        assertProblem(answer, 415, "UNSUPPORTED_MEDIA_TYPE");
        assertThat(answer.json().get("hint").asString()).contains(OCTETS);
        assertNothingIsLeft();
    }

    private void assertNothingIsLeft() {
        assertThat(UPLOADS).isEmptyDirectory();
        assertThat(http.get("/jobs?database=" + name).json().get("items")).isEmpty();
        assertThat(http.get("/snapshots?database=" + name).json().get("items")).isEmpty();
    }

    @Test
    void importWhenTheFileIsDamagedFailsWithWhatSqliteSaysAndLeavesNoSnapshot() throws Exception {
        registerEmpty();
        var answer = send("", BodyPublishers.ofFile(withBrokenPage(oldBackup("DELETE"), 20)));
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        var job = ended(answer.json());
        assertThat(job.get("state").asString()).isEqualTo("FAILED");
        assertThat(job.get("problem").get("code").asString()).isEqualTo("CHECK_FAILED");
        assertThat(job.get("problem").get("messages").toString()).contains("page 20");
        assertThat(http.get("/snapshots?database=" + name).json().get("items")).isEmpty();
        assertThat(protection()).isEqualTo("UNPROTECTED");
        assertThat(UPLOADS).isEmptyDirectory();
    }

    @Test
    void importWhenSentAgainWithTheSameKeyAnswersWithTheSameJobAndKeepsNoSecondFile() throws Exception {
        registerEmpty();
        var key = new String[] {
            "Content-Type", OCTETS, "Idempotency-Key", UUID.randomUUID().toString()
        };
        var file = oldBackup("DELETE");
        var first = send("?label=a=1", BodyPublishers.ofFile(file), key);
        ended(first.json());
        var again = send("?label=a=1&verify=FULL", BodyPublishers.ofFile(file), key);
        assertThat(again.status()).as(again.text()).isEqualTo(202);
        assertThat(again.json().get("id")).isEqualTo(first.json().get("id"));
        SampleDatabases.create(file, "DELETE FROM item WHERE id = 1");
        assertProblem(send("?label=a=1", BodyPublishers.ofFile(file), key), 422, "IDEMPOTENCY_MISMATCH");
        assertThat(http.get("/snapshots?database=" + name).json().get("items")).hasSize(1);
        assertThat(UPLOADS).isEmptyDirectory();
    }

    @Test
    void cancelWhenTheJobIsQueuedDeletesItsFile() throws Exception {
        var old = oldBackup("DELETE"); // made first: after a while the backup lets the import go first
        try (var _ = lockedDatabase()) {
            var backup = http.post("/databases/" + name + "/backups", "{}").json();
            var job = send("", BodyPublishers.ofFile(old)).json();
            assertThat(http.get("/jobs/" + job.get("id").asString())
                            .json()
                            .get("state")
                            .asString())
                    .as("the backup has the database")
                    .isEqualTo("QUEUED");
            assertThat(UPLOADS).isNotEmptyDirectory();
            for (var one : List.of(job, backup)) {
                http.post("/jobs/" + one.get("id").asString() + "/cancel", "");
                assertThat(ended(one).get("state").asString()).isEqualTo("CANCELLED");
            }
        }
        assertThat(UPLOADS).isEmptyDirectory();
    }

    @Test
    void importWhenItIsTooLargeIsRefusedBeforeTheBodyIsSent() throws Exception {
        registerEmpty();
        try (var socket = request("Content-Length: 999999999999\r\nExpect: 100-continue\r\n")) {
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 413").contains("REQUEST_TOO_LARGE", "afterimage.imports.max-size");
        }
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 9000000\r\n", "Transfer-Encoding: chunked\r\n"})
    void importWhenTheBodyBreaksOffLeavesNothing(String length) throws Exception {
        registerEmpty();
        try (var socket = request(length)) {
            var part = Arrays.copyOf(Files.readAllBytes(oldBackup("DELETE")), 100_000);
            var output = socket.getOutputStream();
            if (length.contains("chunked")) {
                output.write("30000\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            output.write(part);
            output.flush();
            await(UPLOADS, 1);
            socket.shutdownOutput();
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 400");
        }
        assertNothingIsLeft();
    }

    /** The head of an import, on a connection of its own. */
    private Socket request(String headers) throws IOException {
        var socket = new Socket("127.0.0.1", http.port());
        socket.setSoTimeout(Math.toIntExact(Duration.ofMinutes(3).toMillis()));
        var head =
                "POST /api/v1/databases/%s/snapshots HTTP/1.1\r\nHost: here\r\nX-API-Key: %s\r\nConnection: close\r\nContent-Type: %s\r\n%s\r\n"
                        .formatted(name, http.token(), OCTETS, headers);
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
        return socket;
    }

    private static void await(Path directory, int files) throws IOException {
        var end = Instant.now().plusSeconds(30);
        while (count(directory) != files) {
            assertThat(Instant.now()).isBefore(end);
            Thread.onSpinWait();
        }
    }

    private static long count(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.count();
        }
    }
}
