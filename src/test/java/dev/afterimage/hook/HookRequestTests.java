package dev.afterimage.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.afterimage.problem.ProblemCode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssertAlternative;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HookRequestTests {

    private static final Duration LONG = Duration.ofMinutes(2);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Runnable NOTHING = () -> {};
    private static final String SECRET = "s3cret/value+";

    @TempDir
    Path dir;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private HttpServer application;
    private volatile HttpHandler answer = exchange -> answer(exchange, 204, "");

    @BeforeEach
    void start() throws IOException {
        application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        application.setExecutor(threads);
        application.createContext("/", exchange -> {
            try (exchange) {
                heard.add("%s %s %s %s %s"
                        .formatted(
                                exchange.getRequestMethod(),
                                exchange.getRequestURI(),
                                exchange.getRequestHeaders().getFirst("Authorization"),
                                exchange.getRequestHeaders().getFirst("Content-Type"),
                                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
                answer.handle(exchange);
            }
        });
        application.start();
    }

    @AfterEach
    void stop() {
        application.stop(0);
        threads.shutdownNow();
    }

    @Test
    void runTellsTheFactsAndBearsTheSecretThatTheFileHasNow() throws Exception {
        var secret = Files.writeString(dir.resolve("secret"), " old \n");
        var call = call("/quiesce?for=backup", HttpCall.Method.PUT, secret, null, LONG);
        var job = UUID.randomUUID();
        var facts = new HookFacts(job, "RUNNING", List.of(new HookFacts.Of("orders", "/srv/\"o\".db", null)));
        call.run(facts, NOTHING);
        Files.writeString(secret, SECRET);
        call.run(facts, NOTHING);
        var told =
                "application/json {\"job\":\"%s\",\"state\":\"RUNNING\",\"databases\":[{\"name\":\"orders\",\"path\":\"/srv/\\\"o\\\".db\",\"snapshot\":null}]}"
                        .formatted(job);
        assertThat(heard)
                .containsExactly(
                        "PUT /quiesce?for=backup Bearer old " + told,
                        "PUT /quiesce?for=backup Bearer " + SECRET + " " + told);
    }

    @Test
    void sendWhenTheAnswerIsAnotherThanExpectedTellsItsEndWithoutTheSecret() throws Exception {
        var secret = Files.writeString(dir.resolve("secret"), SECRET);
        answer = exchange -> answer(
                exchange,
                503,
                "x".repeat(10_000_000) + exchange.getRequestHeaders().getFirst("Authorization"));
        assertFails(call("/busy?token=t", HttpCall.Method.POST, secret, null, LONG), "answered with status 503")
                .satisfies(e -> {
                    var output = (String) e.problem().properties().get("output");
                    assertThat(output)
                            .hasSize(OutputTail.MOST - SECRET.length() + 3)
                            .endsWith("xBearer ***");
                    assertThat(e.getMessage()).contains("/busy").doesNotContain("token");
                });
        answer = exchange -> answer(exchange, 503, SECRET.repeat(1000));
        assertFails(call("/", HttpCall.Method.POST, secret, null, LONG), "answered with status 503")
                .satisfies(e -> assertThat((String) e.problem().properties().get("output"))
                        .as("cut within the secret")
                        .matches("(\\*{3})+"));
        answer = exchange -> answer(exchange, 200, "");
        send(call("/", HttpCall.Method.POST, null, 200, LONG));
        assertFails(call("/", HttpCall.Method.POST, null, 202, LONG), "answered with status 200");
    }

    @Test
    void sendFollowsNoRedirect() {
        answer = exchange -> {
            exchange.getResponseHeaders().set("Location", "/elsewhere");
            answer(exchange, 302, "");
        };
        assertFails(call("/", LONG), "answered with status 302");
        assertThat(heard).singleElement().asString().startsWith("POST / ");
    }

    @Test
    void sendWhenNothingAnswersTellsWhy() throws Exception {
        int port;
        try (var closed = new ServerSocket(0)) {
            port = closed.getLocalPort();
        }
        assertFails(call(URI.create("http://127.0.0.1:" + port), null, LONG), "nobody who listens");
        assertFails(call(URI.create("http://no-such-host.invalid/"), null, LONG), "host without an address");
        try (var server = new ServerSocket(0)) {
            threads.execute(() -> answerOnce(server, "HTTP/1.1 400 Bad Request\r\n\r\n", false));
            assertFails(
                    call(URI.create("https://127.0.0.1:" + server.getLocalPort()), null, LONG), "no TLS connection");
            threads.execute(() -> answerOnce(server, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nhalf", true));
            assertFails(call(URI.create("http://127.0.0.1:" + server.getLocalPort()), null, LONG), "no whole answer");
        }
    }

    /** @param ends whether the answer ends there; otherwise the client must find what is wrong with it before */
    private static void answerOnce(ServerSocket server, String answer, boolean ends) {
        try (var connection = server.accept()) {
            assertThat(connection.getInputStream().read()).isPositive();
            connection.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
            if (ends) {
                connection.shutdownOutput();
            }
            connection.getInputStream().readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sendWhenTheAnswerDoesNotComeToItsEndInTimeFails(boolean dripping) {
        answer = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            while (dripping) {
                exchange.getResponseBody().write('.');
                exchange.getResponseBody().flush();
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
            LockSupport.parkNanos(Duration.ofMinutes(10).toNanos());
        };
        assertFails(call("/", SHORT), "within 300 ms");
    }

    @Test
    void sendWhenToldToStopStops() {
        answer = exchange -> LockSupport.parkNanos(Duration.ofMinutes(10).toNanos());
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> HookRequest.send(call("/", LONG), "{}", () -> {
                    if (!heard.isEmpty()) {
                        throw new CancellationException("told to");
                    }
                }));
    }

    @Test
    void sendWithoutSecretThatCanBeSentSendsNothing() throws Exception {
        var secret = dir.resolve("secret");
        assertFails(call("/", HttpCall.Method.POST, secret, null, LONG), "cannot be read (NoSuchFileException)");
        for (var content : List.of(" \n", "one\ntwo", "s\u00e4fe", "x".repeat(5000))) {
            Files.writeString(secret, content);
            assertFails(call("/", HttpCall.Method.POST, secret, null, LONG), "is not one line")
                    .satisfies(e -> assertThat(e.problem().toString()).doesNotContain("two"));
        }
        assertThat(heard).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"ftp://host/", "http:///path", "http://user:pass@host/", "http://host/#part", "http://host:0/"})
    void urlsThatCannotBeAreRefused(String url) {
        assertThatThrownBy(() -> call(URI.create(url), null, LONG)).hasMessageContaining("`url` must");
    }

    private static ThrowableAssertAlternative<HookFailedException> assertFails(HttpCall call, String words) {
        return assertThatExceptionOfType(HookFailedException.class)
                .isThrownBy(() -> send(call))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ProblemCode.HOOK_FAILED);
                    assertThat(e.problem().hint()).isNotBlank();
                    assertThat(e.problem().toString()).doesNotContain(SECRET);
                })
                .withMessageContaining(words);
    }

    private static void send(HttpCall call) {
        HookRequest.send(call, "{}", NOTHING);
    }

    private HttpCall call(String path, Duration timeout) {
        return call(path, HttpCall.Method.POST, null, null, timeout);
    }

    private HttpCall call(
            String path, HttpCall.Method method, @Nullable Path secret, @Nullable Integer status, Duration timeout) {
        var url = URI.create("http://127.0.0.1:" + application.getAddress().getPort() + path);
        return new HttpCall(url, method, secret, status, timeout);
    }

    private static HttpCall call(URI url, @Nullable Path secret, Duration timeout) {
        return new HttpCall(url, HttpCall.Method.POST, secret, null, timeout);
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
