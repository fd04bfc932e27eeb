package dev.afterimage.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.Afterimage;
import dev.afterimage.api.ApiTest;
import dev.afterimage.api.Http;
import dev.afterimage.api.RawConnection;
import java.io.IOException;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Clients that want more than they may have, against a service with small limits. Each test's callers have loopback addresses
 * and tokens of their own.
 */
class LimitTests {

    private static final String[] LIMITS = {
        "--afterimage.jobs.queued=3",
        "--afterimage.jobs.queued-per-caller=2",
        "--afterimage.limits.body-size=2KB",
        "--afterimage.limits.headers-within=4s",
        "--afterimage.limits.patience=3s",
        "--afterimage.limits.min-rate=10MB",
        "--afterimage.limits.connections-per-address=120",
        "--afterimage.limits.requests-per-address=4",
        "--afterimage.limits.downloads=2",
        "--afterimage.limits.downloads-per-caller=1",
        "--afterimage.limits.staged=1",
        "--afterimage.limits.imports-per-caller=1",
        "--afterimage.limits.events-per-caller=1",
        "--afterimage.limits.waits-per-caller=1",
        "--server.tomcat.connection-timeout=30s",
    };

    private static final Map<String, String> TOKENS = new HashMap<>();

    private static int tests;

    @TempDir
    static Path directory;

    private static ConfigurableApplicationContext service;
    private static Http http;
    private static String snapshot = "";
    private static String unfinishedJob = "";
    private static AutoCloseable application = () -> {};

    private final List<RawConnection> connections = new ArrayList<>();
    private String subnet = "";

    /** A database too large for what lies between service and client to hold it, and one that is locked, whose jobs wait. */
    @BeforeAll
    static void start() throws Exception {
        var home = directory.resolve("home");
        service = new SpringApplicationBuilder(Afterimage.class)
                .run(arguments(
                        "--server.port=0", "--afterimage.home=" + home, "--afterimage.databases.roots=" + directory));
        http = Http.admin(((WebServerApplicationContext) service).getWebServer().getPort(), home);
        var large = ApiTest.database(directory.resolve("large.db"), "DELETE", 25_000);
        register("large", large);
        snapshot = backUp("large");
        var locked = ApiTest.database(directory.resolve("locked.db"), "DELETE", 1);
        register("locked", locked);
        var writer = ApiTest.open(locked);
        writer.createStatement().execute("BEGIN EXCLUSIVE");
        application = writer;
        unfinishedJob = http.post("/databases/locked/backups", "{\"deadline\": \"1h\"}")
                .json()
                .get("id")
                .asString();
    }

    private static String[] arguments(String... more) {
        var all = new ArrayList<>(List.of(LIMITS));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static void register(String name, Path file) {
        var answer = http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(name, file));
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
    }

    private static String backUp(String database) {
        var job = http.post("/databases/" + database + "/backups", "{\"verify\": \"NONE\"}")
                .json();
        var ended = http.get("/jobs/" + job.get("id").asString() + "?wait=60s").json();
        return ended.get("result").get("snapshotId").asString();
    }

    @AfterAll
    static void stop() throws Exception {
        service.close();
        application.close();
    }

    @BeforeEach
    void takeAddresses() {
        subnet = "127.0.%d.".formatted(++tests);
    }

    @AfterEach
    void closeConnections() throws IOException {
        for (var connection : connections) {
            connection.close();
        }
    }

    @Test
    void downloadsWhenThereAreTooManyAreRefusedUntilOneEnds() throws Exception {
        var path = "/snapshots/" + snapshot + "/content";
        var first = begun(1, path);
        assertRefused(1, path, 429, "TOO_MANY_REQUESTS");
        begun(2, path);
        assertRefused(3, path, 503, "SERVICE_BUSY");
        var head = head(3, path);
        assertThat(head).as("nobody takes the file by it").startsWith("HTTP/1.1 200");
        var etag = head.replaceFirst("(?s).*\r\nETag: (\\S+).*", "$1");
        assertThat(ask(
                        3,
                        "GET /api/v1" + path + " HTTP/1.1\r\nHost: a\r\nIf-None-Match: " + etag
                                + "\r\nConnection: close\r\n\r\n"))
                .as("nor by this")
                .startsWith("HTTP/1.1 304");
        first.close();
        await(() -> begunOrRefused(3, path), status -> status.startsWith("HTTP/1.1 200"));
    }

    @Test
    void downloadThatHasComeToItsLastByteCountsNoMore() throws Exception {
        int bytes = 64 << 10;
        var request = withToken(
                1,
                "GET /api/v1/snapshots/%s/content HTTP/1.1\r\nHost: a\r\nRange: bytes=0-%d\r\n\r\n"
                        .formatted(snapshot, bytes - 1));
        var body = new byte[bytes];
        var one = sent(1, "");
        var other = sent(1, "");
        for (int i = 0; i < 100; i++) {
            for (var connection :
                    List.of(one, other)) { // the next begins while the service may still be at the end of the last
                assertThat(connection.send(request).readHead()).as("%d", i).startsWith("HTTP/1.1 206");
                for (int left = bytes; left > 0; ) {
                    int read = connection.read(body);
                    assertThat(read).isPositive();
                    left -= read;
                }
            }
        }
    }

    @Test
    void stagedContentWhenThereIsTooMuchOfItIsRefused() throws Exception {
        begun(1, "/snapshots/" + snapshot + "/content?format=sql");
        assertRefused(2, "/snapshots/" + snapshot + "/content?format=sql", 503, "SERVICE_BUSY");
        assertRefused(2, "/snapshots/" + snapshot + "/schema", 503, "SERVICE_BUSY");
        assertRefused(2, "/snapshots/" + snapshot + "/diff/" + snapshot, 503, "SERVICE_BUSY");
    }

    @Test
    void downloadWhenClientTakesTooLittleBreaksOff() throws Exception {
        var download = begun(1, "/snapshots/" + snapshot + "/content");
        var step = new byte[1024];
        long taken = 0;
        long slowUntil = System.nanoTime() + Duration.ofSeconds(8).toNanos();
        try {
            for (int read = download.read(step); read >= 0; read = download.read(step)) {
                taken += read;
                if (System.nanoTime() < slowUntil) {
                    LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
                }
            }
        } catch (SocketException broken) {
            // so is the download
        }
        assertThat(taken).isLessThan(Files.size(directory.resolve("large.db")));
    }

    @Test
    void eventsWhenCallerFollowsTooManyJobsAreRefused() throws Exception {
        var path = "/jobs/" + unfinishedJob + "/events";
        var first = begun(1, path);
        assertRefused(1, path, 429, "TOO_MANY_REQUESTS");
        begun(2, path);
        assertThat(first.read()).isPositive();
    }

    @Test
    void waitsWhenCallerHasTooManyAreRefused() throws Exception {
        var path = "/jobs/" + unfinishedJob + "?wait=";
        awaitRefused(
                () -> sent(1, "GET /api/v1" + path + "10m HTTP/1.1\r\nHost: a\r\n\r\n"), () -> get(1, path + "1ms"));
        assertThat(get(2, path + "1ms")).startsWith("HTTP/1.1 200");
        assertThat(get(1, path + "0s")).startsWith("HTTP/1.1 200"); // it does not wait
    }

    @Test
    void importsWhenCallerSendsTooManyAreRefusedAndThoseThatComeTooSlowlyBreakOff() throws Exception {
        var head = "POST /api/v1/databases/large/snapshots HTTP/1.1\r\nHost: a\r\n"
                + "Content-Type: application/octet-stream\r\nContent-Length: ";
        awaitRefused(() -> sent(1, head + "1000000\r\n\r\n"), () -> ask(1, head + "1\r\nConnection: close\r\n\r\nx"));
        assertThat(ask(2, head + "1\r\nConnection: close\r\n\r\nx")).contains("NOT_A_DATABASE");
        assertThat(trickled(sent(3, head + "1000000\r\n\r\n")))
                .startsWith("HTTP/1.1 408")
                .contains("REQUEST_TOO_SLOW");
        closeConnections();
        await(() -> directory.resolve("home/uploads").toFile().list(), files -> files.length == 0);
    }

    @Test
    void jobsWhenCallerLetsTooManyWaitAreRefusedButNotTheSameOnceMore() throws Exception {
        var job = "POST /api/v1/databases/locked/backups HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                + "Content-Length: 0\r\n";
        assertThat(ask(1, job + "Idempotency-Key: first\r\n\r\n")).startsWith("HTTP/1.1 202");
        await( // those that a worker has just begun are not QUEUED
                () -> ask(1, job + "\r\n"),
                answer -> answer.startsWith("HTTP/1.1 429") && answer.contains("\r\nRetry-After: "));
        assertThat(ask(1, job + "Idempotency-Key: first\r\n\r\n")).startsWith("HTTP/1.1 202");
        await(
                () -> ask(2, job + "\r\n"),
                answer -> answer.startsWith("HTTP/1.1 503")
                        && answer.contains("SERVICE_BUSY")
                        && answer.contains("\r\nRetry-After: "));
    }

    @Test
    void bodyWhenItIsTooLargeIsRefusedAndTheAnswerArrivesThoughTheClientSendsOn() throws Exception {
        var answer = ask(
                1,
                "POST /api/v1/databases HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 1000000\r\n\r\n" + "x".repeat(1_000_000));
        assertThat(answer)
                .startsWith("HTTP/1.1 413")
                .contains("REQUEST_TOO_LARGE")
                .contains("2048 bytes");
    }

    @Test
    void bodyWhenItComesTooSlowlyIsRefused() throws Exception {
        var connection = sent(
                1,
                "POST /api/v1/databases HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                        + "Content-Length: 2000\r\n\r\n");
        assertThat(trickled(connection)).startsWith("HTTP/1.1 408").contains("REQUEST_TOO_SLOW");
    }

    /** Nobody reads the body of such a request, and nobody waits for it either. */
    @Test
    void bodyThatNobodyWantsKeepsNoThread() throws Exception {
        var waiting = "GET /api/v1/jobs/" + unfinishedJob + "?wait=1s";
        for (var line : new String[] {"GET /api/v1/jobs", waiting, "GET /actuator/health", "POST /nothing"}) {
            var request = line + " HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
            var connection = sent(1, request + "x"); // health looks whether there is a body
            assertThat(connection.readHead())
                    .as(line)
                    .startsWith(line.startsWith("POST") ? "HTTP/1.1 4" : "HTTP/1.1 2");
            assertThat(trickled(connection)).as(line).doesNotContain("HTTP/1.1");
        }
    }

    /** The limit is below connection-timeout, which a stalled body would else have. */
    @Test
    void bodyThatNobodyWantsAndThatStallsEndsTheConnectionSoon() throws Exception {
        var connection = sent(1, "PUT /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nhalf");
        assertThat(connection.readHead()).startsWith("HTTP/1.1 4");
        long answered = System.nanoTime();
        connection.readToEnd();
        assertThat(Duration.ofNanos(System.nanoTime() - answered)).isLessThan(Duration.ofSeconds(25));
    }

    @Test
    void headersWhenTheyDripEndTheConnection() throws Exception {
        var connection = sent(1, "GET /api/v1/jobs HTTP/1.1\r\nHost: a\r\nX: ");
        assertThat(trickled(connection)).isEmpty();
    }

    @Test
    void requestsWhenAddressKeepsTooManyThreadsAreRefusedExceptThatForHealth() throws Exception {
        awaitRefused(
                () -> sent(
                        1,
                        "POST /api/v1/databases HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                                + "Content-Length: 2000\r\n\r\n"),
                () -> get(1, "/jobs"));
        assertThat(ask(1, "GET /actuator/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
        assertThat(get(2, "/jobs")).startsWith("HTTP/1.1 200");
    }

    @Test
    void serviceWhenClientsAreSlowInEveryWayAnswersOthers() throws Exception {
        for (int i = 0; i < 120; i++) {
            sent(1, "GET /api/v1/jobs HTTP/1.1\r\nHost: a\r\nX: ");
        }
        await(
                () -> {
                    boolean refused = isRefused(1);
                    if (!refused) { // the first ones are over already
                        sent(1, "GET /api/v1/jobs HTTP/1.1\r\nHost: a\r\nX: ");
                    }
                    return refused;
                },
                refused -> refused);
        await(() -> begunOrRefused(2, "/snapshots/" + snapshot + "/content"), head -> head.contains(" 200"));
        await(() -> begunOrRefused(3, "/snapshots/" + snapshot + "/content"), head -> head.contains(" 200"));
        for (int i = 0; i < 4; i++) {
            sent(
                    4,
                    "POST /api/v1/databases HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n"
                            + "Content-Type: application/json\r\n\r\n");
        }
        assertThat(http.get("//actuator/health").status()).isEqualTo(200);
        assertThat(http.get("/jobs").status()).isEqualTo(200);
    }

    /** An answer that has begun and that nobody reads. */
    private RawConnection begun(int caller, String path) throws IOException {
        var connection = sent(caller, "GET /api/v1" + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
        assertThat(connection.readHead()).startsWith("HTTP/1.1 200");
        return connection;
    }

    private String begunOrRefused(int caller, String path) throws IOException {
        return sent(caller, "GET /api/v1" + path + " HTTP/1.1\r\nHost: a\r\n\r\n")
                .readHead();
    }

    /** An answer that is not read is as good as one that does not end. */
    private String head(int caller, String path) throws IOException {
        return ask(caller, "HEAD /api/v1" + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }

    private void assertRefused(int caller, String path, int status, String code) throws IOException {
        assertThat(get(caller, path))
                .startsWith("HTTP/1.1 " + status)
                .contains("\"code\":\"" + code)
                .contains("\r\nRetry-After: ")
                .contains("application/problem+json");
    }

    private String get(int caller, String path) throws IOException {
        return ask(caller, "GET /api/v1" + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }

    private String ask(int caller, String request) throws IOException {
        return RawConnection.ask(http.port(), subnet + caller, withToken(caller, request));
    }

    private RawConnection sent(int caller, String text) throws IOException {
        var connection = new RawConnection(http.port(), subnet + caller);
        connections.add(connection);
        return connection.send(withToken(caller, text));
    }

    private String withToken(int caller, String request) {
        var token = TOKENS.computeIfAbsent(
                subnet + caller,
                name -> http.post("/tokens", """
                        {"name": "%s", "scope": "ADMIN"}""".formatted(name))
                        .json()
                        .get("token")
                        .asString());
        return request.replaceFirst("Host: a\r\n", "Host: a\r\nAuthorization: Bearer " + token + "\r\n");
    }

    private boolean isRefused(int caller) throws IOException {
        try {
            return ask(caller, "GET /api/v1/jobs HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    .isEmpty();
        } catch (SocketException e) {
            return true;
        }
    }

    /** What the service says while a byte comes now and then, until it ends the connection. */
    private static String trickled(RawConnection connection) throws IOException {
        var sender = Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    connection.send("x");
                    LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
                }
            } catch (IOException ended) {
                // as it should
            }
        });
        try {
            return connection.readToEnd();
        } finally {
            connection.close();
            sender.interrupt();
        }
    }

    /** A request that is asked for at the same moment may have the place instead, so one more is sent until it has not. */
    private static void awaitRefused(Callable<?> holder, Callable<String> asked) throws Exception {
        await(
                () -> {
                    holder.call();
                    return asked.call();
                },
                answer -> answer.startsWith("HTTP/1.1 429"));
    }

    private static <T> void await(Callable<T> asked, Predicate<T> wanted) throws Exception {
        long until = System.nanoTime() + Duration.ofMinutes(3).toNanos();
        for (T answer = asked.call(); !wanted.test(answer); answer = asked.call()) {
            assertThat(System.nanoTime()).as("%s", answer).isLessThan(until);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }
}
