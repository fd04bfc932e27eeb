package dev.afterimage.api.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import dev.afterimage.api.Http;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

class EventsTests extends ApiTest {

    @Autowired
    private EventWatch watch;

    /** A client that reads what it is sent, line by line, as long as the stream lasts. */
    private static final class Client implements AutoCloseable {

        private final HttpClient http = HttpClient.newHttpClient();
        final HttpResponse<InputStream> response;
        final List<String> lines = new CopyOnWriteArrayList<>();
        final Thread reader;

        Client(Http as, String... headers) throws Exception {
            response = http.send(as.request("/events", headers).build(), BodyHandlers.ofInputStream());
            reader = Thread.ofVirtual().start(() -> {
                try (var scanner = new Scanner(response.body(), StandardCharsets.UTF_8)) {
                    while (scanner.hasNextLine()) {
                        lines.add(scanner.nextLine());
                    }
                }
            });
        }

        void awaitLine(String event, String part) {
            await().until(() ->
                    lines.stream().anyMatch(line -> line.contains(part)) && lines.contains("event:" + event));
        }

        @Override
        public void close() {
            http.shutdownNow();
        }
    }

    @Test
    void clientIsToldToLookAnewAndThenOfJobsAndOfProtection() throws Exception {
        try (var client = new Client(http)) {
            assertThat(client.response.statusCode()).isEqualTo(200);
            assertThat(client.response.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/event-stream");
            assertThat(client.response.headers().firstValue("X-Accel-Buffering"))
                    .contains("no");
            assertThat(client.response.headers().firstValue("Cache-Control")).contains("no-store");
            client.awaitLine("resync", "{\"reason\":\"CONNECTED\"}");

            register(database(name));
            client.awaitLine("protection", "\"database\":\"" + name + "\",\"protection\":\"UNPROTECTED\"");
            snapshot();
            client.awaitLine("job", "\"state\":\"SUCCEEDED\"");
            client.awaitLine("protection", "\"database\":\"" + name + "\",\"protection\":\"PROTECTED\"");
        }
    }

    @Test
    void clientHearsNothingOfWhatDoesNotExistForIt() throws Exception {
        register(database(name));
        var other = "other-" + name;
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(other, database(other)));
        try (var limited = new Client(token("READ", name));
                var all = new Client(http)) {
            var ofOther = http.post("/databases/" + other + "/backups", "{\"verify\": \"NONE\"}");
            ended(ofOther.json());
            snapshot();

            all.awaitLine("protection", "\"" + other + "\",\"protection\":\"PROTECTED\"");
            limited.awaitLine("protection", "\"" + name + "\",\"protection\":\"PROTECTED\"");
            limited.awaitLine("job", "\"state\":\"SUCCEEDED\"");
            assertThat(limited.lines).noneMatch(line -> line.contains(other));
        }
    }

    @Test
    void clientHearsOfDatabasesThatAreRegisteredAndRemovedAndExistForIt() throws Exception {
        register(database(name));
        var other = "other-" + name;
        try (var limited = new Client(token("READ", name));
                var all = new Client(http)) {
            limited.awaitLine("resync", "CONNECTED");
            all.awaitLine("resync", "CONNECTED");
            http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(other, database(other)));
            all.awaitLine("database", "{\"database\":\"" + other + "\",\"registered\":true}");

            http.delete("/databases/" + other);
            http.delete("/databases/" + name);

            limited.awaitLine("database", "{\"database\":\"" + name + "\",\"registered\":false}");
            all.awaitLine("database", "{\"database\":\"" + other + "\",\"registered\":false}");
            assertThat(limited.lines).noneMatch(line -> line.contains(other));
        }
    }

    @Test
    void streamEndsWhenItsTokenIsRevokedOrItsSessionIsEnded() throws Exception {
        var made = http.post("/tokens", "{\"name\": \"short\", \"scope\": \"READ\"}")
                .json();
        var signedIn = http.as("").post("/session", "{\"token\": \"%s\"}".formatted(http.token()));
        var cookie = signedIn.header("Set-Cookie").replaceAll(";.*", "");
        try (var byToken = new Client(http.as(made.get("token").asString()));
                var bySession = new Client(http.as(""), "Cookie", cookie);
                var other = new Client(http)) {
            byToken.awaitLine("resync", "CONNECTED");
            bySession.awaitLine("resync", "CONNECTED");
            http.delete("/tokens/" + made.get("id").asString());
            var signOut =
                    http.as("").request("/session", "Cookie", cookie, "Origin", "http://127.0.0.1:" + http.port());
            assertThat(http.send(signOut.DELETE()).status()).isEqualTo(204);

            watch.refuseUnaccepted();

            byToken.reader.join();
            bySession.reader.join();
            assertThat(other.reader.isAlive()).isTrue();
        }
        assertProblem(http.as("").get("/events", "Cookie", cookie), 401, "UNAUTHENTICATED");
    }

    @Test
    void streamLastsAsLongAsIsAskedFor() {
        assertThat(http.get("/events?lasts=10ms").status()).isEqualTo(200);
        assertInvalid(http.get("/events?lasts=0s"), "lasts");
        assertInvalid(http.get("/events?lasts=25h"), "lasts");
    }
}
