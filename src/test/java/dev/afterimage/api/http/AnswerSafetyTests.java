package dev.afterimage.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import dev.afterimage.api.RawConnection;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;

/** What answers tell browsers, and what they do not tell anybody. */
class AnswerSafetyTests extends ApiTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//api/v1/databases",
                "//api/v1/databases/unknown",
                "//nothing",
                "//test/defect",
                "//v3/api-docs",
                "//actuator/health"
            })
    void everyAnswerKeepsBrowsersFromGuessingFramingAndStoring(String path) {
        var answer = http.get(path);
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
        assertThat(answer.header("Content-Security-Policy"))
                .contains("default-src 'self'")
                .contains("frame-ancestors 'none'");
        assertThat(answer.header("Cache-Control")).contains("no-store");
        assertThat(answer.findHeader("Server")).isEmpty();
        assertThat(answer.findHeader("X-Powered-By")).isEmpty();
    }

    @Test
    void downloadThatIsRefusedKeepsThemToo() throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase() + "/content";
        var answer = http.get(path, "If-Match", "\"other\"");
        assertProblem(answer, 412, "PRECONDITION_FAILED");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Cache-Control")).contains("no-store");
    }

    /** The service has no page that another site may read, so browsers let none. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "OPTIONS", "POST"})
    void requestFromAnotherSiteIsNotAllowedToReadTheAnswer(String method) {
        var request = http.request(
                        "/databases", "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
                .method(method, BodyPublishers.noBody());
        var answer = http.send(request);
        assertThat(answer.findHeader("Access-Control-Allow-Origin")).isEmpty();
        assertThat(answer.findHeader("Access-Control-Allow-Credentials")).isEmpty();
    }

    @Test
    void traceIsRefusedAndEchoesNothing() throws IOException {
        var answer = ask("TRACE /api/v1/databases HTTP/1.1\r\nHost: a\r\nX-Secret: swordfish\r\n");
        assertThat(answer)
                .startsWith("HTTP/1.1 405")
                .doesNotContain("swordfish")
                .contains("METHOD_NOT_ALLOWED");
    }

    /** As at a shutdown: requests that meet it on a connection that is there already have done nothing wrong. */
    @Test
    void requestWhenTheWebServerTakesNoMoreIsNotCalledMalformed(@Autowired ServletWebServerApplicationContext service)
            throws Exception {
        var connector = ((TomcatWebServer) Objects.requireNonNull(service.getWebServer()))
                .getTomcat()
                .getConnector();
        var statuses = new ConcurrentSkipListSet<Integer>();
        var done = new AtomicBoolean();
        try (var clients = Executors.newFixedThreadPool(4)) {
            for (int client = 0; client < 4; client++) {
                clients.execute(() -> askUntil(done, statuses));
            }
            for (int pause = 0; pause < 50; pause++) {
                connector.pause();
                LockSupport.parkNanos(20_000_000); // a shutdown never resumes: few requests may be judged after that
                connector.resume();
                LockSupport.parkNanos(5_000_000);
            }
            done.set(true);
        }
        assertThat(statuses).contains(200).isSubsetOf(200, 503);
    }

    private void askUntil(AtomicBoolean done, Set<Integer> statuses) {
        var client = HttpClient.newHttpClient();
        while (!done.get()) {
            try {
                statuses.add(
                        client.send(http.request("//actuator/health/liveness").build(), BodyHandlers.discarding())
                                .statusCode());
            } catch (IOException closed) {
                // without an answer, as a connection may be that nothing was asked on yet
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/swagger-ui.html", "/v3/api-docs", "/api/v1/databases", "/nothing"})
    void hostOfTheRequestIsNotRepeated(String path) throws IOException {
        assertThat(ask("GET " + path + " HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n"))
                .doesNotContain("evil.example");
    }

    @Test
    void locationOfAJobIsAPath() throws Exception {
        register(database(name));
        var answer = ask("POST /api/v1/databases/%s/backups HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n"
                .formatted(name));
        assertThat(answer).contains("\r\nLocation: /api/v1/jobs/").doesNotContain("evil.example");
    }

    /** What Tomcat refuses by itself as well as what the service refuses. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "GET /a<b>|HTTP/1.1|Host: a|400",
                "GET /a\\b|HTTP/1.1|Host: a|400",
                "GET /%00|HTTP/1.1|Host: a|400",
                "GET /%c0%af|HTTP/1.1|Host: a|400",
                "GET /a;b=c/..;/|HTTP/1.1|Host: a|40",
                "GET /../../etc/passwd|HTTP/1.1|Host: a|40",
                "GET http://evil.example/api/v1/databases|HTTP/1.1|Host: a|400",
                "GET /api/v1/jobs?limit=%zz|HTTP/1.1|Host: a|40",
                "GET /api/v1/jobs|HTTP/9.9|Host: a|400",
                "GET /api/v1/jobs|FTP/1.1|Host: a|400",
                "GET /api/v1/jobs|HTTP/1.1|Host: a b|400",
                "GET /api/v1/jobs|HTTP/1.1|Host: a#Host: b|400",
                "GET /api/v1/jobs|HTTP/1.1|Host: a#no header|400",
                "PATCHY /api/v1/jobs|HTTP/1.1|Host: a|40",
                "G@T /api/v1/jobs|HTTP/1.1|Host: a|400",
                "POST /api/v1/databases|HTTP/1.1|Host: a#Content-Length: -1|400",
                "POST /api/v1/databases|HTTP/1.1|Host: a#Content-Length: 1#Content-Length: 2|400",
                "POST /api/v1/databases|HTTP/1.1|Host: a#Transfer-Encoding: nonsense|400",
                "POST /api/v1/databases|HTTP/1.1|Host: a#Content-Type: application/json#Content-Length: 2##{]|400",
                "POST /api/v1/databases|HTTP/1.1|Host: a#Content-Type: application/json#Transfer-Encoding: chunked##zz#|400",
                "POST /api/v1/databases|HTTP/1.1|Host: a#Expect: nonsense#Content-Length: 0|4",
            })
    void requestWhenAnythingIsMalformedGetsAProblemThatTellsNothingOfTheInside(
            String line, String version, String rest, String status) throws IOException {
        var text = line + " " + version + "\r\n" + rest.replace("#", "\r\n") + "\r\n";
        var answer = ask(text);
        assertThat(answer).startsWith("HTTP/1.1 " + status);
        if (!status.equals("200")) {
            assertThat(answer).contains("application/problem+json").contains("\"code\":\"");
        }
        assertTellsNothing(answer);
    }

    @Test
    void requestWhenItHasMoreThanAHundredHeadersOrParametersIsRefused() throws IOException {
        var headers = ask("GET /api/v1/jobs HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(100));
        assertThat(headers).startsWith("HTTP/1.1 400").contains("INVALID_REQUEST");
        var parameters = http.get("/jobs?" + "label=a&".repeat(101));
        assertProblem(parameters, 400, "INVALID_REQUEST");
        assertTellsNothing(headers + parameters.text());
    }

    @Test
    void requestWhenItsLineIsTooLongIsRefused() throws IOException {
        var answer = ask("GET /api/v1/jobs?database=" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\n");
        assertThat(answer).startsWith("HTTP/1.1 400").contains("INVALID_REQUEST");
        assertTellsNothing(answer);
    }

    private void assertTellsNothing(String answer) {
        assertThat(answer)
                .doesNotContainIgnoringCase("tomcat")
                .doesNotContainIgnoringCase("spring")
                .doesNotContainIgnoringCase("jackson")
                .doesNotContain("java.", "jakarta.", "org.", "dev.afterimage", "Exception", "\tat ")
                .doesNotContain(HOME.toString())
                .doesNotContain("Server:");
    }

    /** Ends the headers, and the connection behind the answer. */
    private String ask(String head) throws IOException {
        boolean whole = head.contains("\r\n\r\n");
        var close = "Connection: close\r\n";
        var known = head.replaceFirst("\r\nHost:", "\r\nAuthorization: Bearer " + http.token() + "\r\nHost:");
        var request = whole ? known.replaceFirst("\r\n\r\n", "\r\n" + close + "\r\n") + "\r\n" : known + close + "\r\n";
        return RawConnection.ask(http.port(), "127.0.0.1", request);
    }
}
