package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import tools.jackson.databind.JsonNode;

/**
 * Base of the API's tests: the whole application on a port of its own, one for all of them, with real databases under a
 * temporary root. Names are new in each test, since the catalog is not.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
public abstract class ApiTest {

    private static final Path DIRECTORY = temporaryDirectory();
    protected static final Path HOME = DIRECTORY.resolve("home");
    protected static final Path ROOT = DIRECTORY.resolve("databases");
    protected static final Path OUTSIDE = DIRECTORY.resolve("outside");

    @LocalServerPort
    private int port;

    @Value("${afterimage.home}")
    private String home;

    /** A name that no other test uses. */
    protected final String name = "db-" + UUID.randomUUID();

    protected Http http;

    @DynamicPropertySource
    static void directories(DynamicPropertyRegistry properties) {
        // A class that changes what others see has a home, and so a service, of its own: in the property api.home.
        properties.add("afterimage.home", () -> "${api.home:" + HOME + "}");
        properties.add("afterimage.databases.roots", () -> ROOT);
        properties.add("afterimage.webhooks.allow-local", () -> "true"); // tests listen on this machine
        properties.add("afterimage.metrics.refresh", () -> "1s"); // tests wait for them
        properties.add("afterimage.retention.interval", () -> "0"); // tests say when snapshots go
    }

    @BeforeEach
    void connect() {
        http = Http.admin(port, Path.of(home));
    }

    /** The files in staging into which the service looks at this moment; it runs in this process. */
    protected static List<Path> looksThatLast() throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .flatMap(ApiTest::target)
                    .filter(file -> file.startsWith(HOME.resolve("staging"))
                            && file.getFileName().toString().startsWith("look-"))
                    .distinct()
                    .toList();
        }
    }

    /** Nothing where the descriptor was closed meanwhile. */
    private static Stream<Path> target(Path descriptor) {
        try {
            return Stream.of(Files.readSymbolicLink(descriptor));
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    private static Path temporaryDirectory() {
        try {
            var directory = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "api-tests")
                    .toRealPath();
            Files.createDirectories(directory.resolve("databases"));
            Files.createDirectories(directory.resolve("outside"));
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A WAL database with a few hundred pages. */
    protected static Path database(String name) throws SQLException {
        return database(ROOT.resolve(name + ".db"), "WAL", 2_000);
    }

    public static Path database(Path file, String journalMode, int rows) throws SQLException {
        try (var connection = open(file);
                var statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode = " + journalMode);
            statement.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, note BLOB)");
            statement.execute("CREATE INDEX item_by_name ON item (name)");
            statement.execute("""
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
                    INSERT INTO item SELECT i, 'item ' || i, randomblob(500) FROM n
                    """.formatted(rows));
        }
        return file;
    }

    /** Cuts a database in the middle of a page. */
    protected static Path truncated(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2 + 100);
        }
        return file;
    }

    /** Overwrites a page, as a broken disk would. */
    protected static Path withBrokenPage(Path file, int page) throws IOException {
        var noise = new byte[4096];
        Arrays.fill(noise, (byte) 0xA5);
        try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(noise), (page - 1) * 4096L);
        }
        return file;
    }

    public static Connection open(Path file) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + file);
    }

    /** Registers the file under the test's name. */
    protected void register(Path file) {
        var answer = http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(name, file));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    }

    /** Registers a new database that an application keeps locked until it rolls back or closes the connection. */
    protected Connection lockedDatabase() throws SQLException {
        var file = database(ROOT.resolve(name + ".db"), "DELETE", 10);
        register(file);
        var application = open(file);
        application.createStatement().execute("BEGIN EXCLUSIVE");
        return application;
    }

    /** Submits a backup and waits for its end. */
    protected JsonNode backUp(String body) {
        var answer = http.post("/databases/" + name + "/backups", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        return ended(answer.json());
    }

    /** The job when it has ended. */
    protected JsonNode ended(JsonNode job) {
        var ended = http.get("/jobs/" + job.get("id").asString() + "?wait=60s").json();
        assertThat(ended.get("finishedAt").isNull()).as(ended.toString()).isFalse();
        return ended;
    }

    /** A new snapshot's id. */
    protected String snapshot() {
        var job = backUp("{\"verify\": \"NONE\"}");
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        return job.get("result").get("snapshotId").asString();
    }

    /** Registers a new database of the test's name and takes a snapshot of it. */
    protected String snapshotOfNewDatabase() throws SQLException {
        register(database(name));
        return snapshot();
    }

    /** A client with a new token, limited to databases when some are named. */
    protected Http token(String scope, String... databases) {
        var limit = databases.length == 0 ? "" : ", \"databases\": [\"" + String.join("\", \"", databases) + "\"]";
        var answer = http.post("/tokens", "{\"name\": \"%s\", \"scope\": \"%s\"%s}".formatted(name, scope, limit));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        return http.as(answer.json().get("token").asString());
    }

    /** Without printing a million numbers when it fails. */
    public static void assertSameBytes(byte[] actual, byte[] expected) {
        assertThat(actual.length).isEqualTo(expected.length);
        assertThat(Arrays.mismatch(actual, expected))
                .as("offset of the first byte that differs")
                .isEqualTo(-1);
    }

    /**
     * A database's bytes without the counters in its header that SQLite's backup API counts anew: see "file change
     * counter", "schema cookie" and "version-valid-for" in <a href="https://sqlite.org/fileformat2.html">the format</a>.
     */
    protected static byte[] withoutCounters(byte[] database) {
        var bytes = database.clone();
        for (int counter : new int[] {24, 40, 92}) {
            Arrays.fill(bytes, counter, counter + 4, (byte) 0);
        }
        return bytes;
    }

    protected static void assertProblem(Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        var problem = answer.json();
        assertThat(problem.get("code").asString()).isEqualTo(code);
        assertThat(problem.get("status").asInt()).isEqualTo(status);
        assertThat(problem.get("type").asString()).isEqualTo("/docs/errors.md#" + code.toLowerCase());
        assertThat(problem.get("title").asString()).isNotBlank();
        assertThat(problem.get("detail").asString()).isNotBlank();
        assertThat(problem.get("instance").asString()).isNotBlank();
        assertThat(problem.get("hint").asString()).isNotBlank();
        assertThat(problem.get("retryable").isBoolean()).isTrue();
    }

    protected static void assertInvalid(Answer answer, String field) {
        assertProblem(answer, 400, "INVALID_REQUEST");
        assertThat(answer.json().get("errors"))
                .as(answer.text())
                .anySatisfy(error -> assertThat(error.get("field").asString()).isEqualTo(field))
                .allSatisfy(error -> assertThat(error.get("message").asString()).isNotBlank());
    }
}
