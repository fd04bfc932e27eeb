package dev.afterimage.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import dev.afterimage.problem.ProblemCode;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Whatever goes wrong, and whoever notices it, the answer is a problem with a code. */
@ExtendWith(OutputCaptureExtension.class)
class ProblemTests extends ApiTest {

    @ParameterizedTest
    @ValueSource(strings = {"//nothing", "//api/v1", "//api/v2/databases", "//error", "//actuator/env"})
    void anyRequestWhenPathIsUnknownAnswersNotFound(String path) {
        assertProblem(http.get(path), 404, "RESOURCE_NOT_FOUND");
    }

    @Test
    void requestWithABodyThatNobodyReadsIsAnsweredAsWithoutIt() {
        for (var expected : new boolean[] {false, true}) {
            var request = http.request("/databases", "Content-Type", "application/json")
                    .expectContinue(expected)
                    .method("GET", BodyPublishers.ofString("{\"a\": 1}"));
            var answer = http.send(request);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.json().has("items")).isTrue();
        }
    }

    @Test
    void anyRequestWhenMethodIsNotAllowedListsThoseThatAre() {
        var answer = http.send("PUT", "/databases", "{}");
        assertProblem(answer, 405, "METHOD_NOT_ALLOWED");
        assertThat(answer.header("Allow")).contains("GET").contains("POST");
    }

    @Test
    void anyRequestWhenAnswerIsNotAcceptableIsRefused() {
        assertProblem(http.get("/databases", "Accept", "text/html"), 406, "NOT_ACCEPTABLE");
        assertProblem(http.get("/databases", "Accept", "application/yaml"), 406, "NOT_ACCEPTABLE");
        var json = http.get("/databases", "Accept", "application/problem+json, application/vnd.x+json;q=0.9");
        assertThat(json.status()).isEqualTo(200);
        assertThat(json.header("Content-Type")).as("it is no problem").isEqualTo("application/json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/yaml", "application/x-www-form-urlencoded", "nonsense"})
    void anyRequestWhenBodyIsOfAnotherTypeIsRefused(String type) {
        var request = http.request("/databases", "Content-Type", type).POST(BodyPublishers.ofString("name: a"));
        assertProblem(http.send(request), 415, "UNSUPPORTED_MEDIA_TYPE");
        var wildcard = http.request("/databases", "Content-Type", "*/*").POST(BodyPublishers.ofString("{}"));
        assertProblem(http.send(wildcard), 415, "UNSUPPORTED_MEDIA_TYPE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /api/v1/databases/a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /api/v1/databases HTTP/1.1\r\n\r\n",
                "NONSENSE\r\n\r\n",
            })
    void anyRequestWhenItIsNotProperHttpAnswersWithAProblem(String request) throws IOException {
        var answer = raw(request);
        assertThat(answer).startsWith("HTTP/1.1 400").contains("application/problem+json");
        assertThat(answer).contains("\"code\":\"INVALID_REQUEST\"").doesNotContain("Tomcat");
    }

    @Test
    void anyRequestWhenHeadersAreTooLargeAnswersWithAProblem() {
        assertProblem(http.get("/databases", "X-Large", "x".repeat(20_000)), 400, "INVALID_REQUEST");
    }

    private String raw(String request) throws IOException {
        try (var socket = new Socket("127.0.0.1", http.port())) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void anyRequestWhenItMeetsADefectIsAnsweredWithAnIdThatTheLogHasOnce(CapturedOutput output) {
        var answer = http.get("//test/defect");
        assertProblem(answer, 500, "INTERNAL_ERROR");
        var id = answer.json().get("instance").asString();
        assertThat(id).startsWith("urn:uuid:");
        assertThat(answer.text()).doesNotContain(ThrowingController.SECRET).doesNotContain("IllegalState");
        assertThat(output.getAll()).containsOnlyOnce(id).contains(ThrowingController.SECRET);
    }

    @Test
    void anyRequestWhenItNamesControlCharactersWritesNoLogLineOfItsOwn(CapturedOutput output) {
        assertProblem(http.get("//test/problem?detail=a%0D%0Ab%1B%E2%80%A8c"), 507, "STORAGE_FULL");
        assertThat(output.getAll()).contains("STORAGE_FULL: a<U+000D><U+000A>b<U+001B><U+2028>c");
    }

    /** The tokens are in it, so not even who asks is known. */
    @Test
    void anyRequestWhenTheCatalogCannotBeReadSaysThatTheStorageIsUnreachable() throws SQLException {
        try (var catalog = DriverManager.getConnection("jdbc:sqlite:" + HOME.resolve("catalog.db"));
                var statement = catalog.createStatement()) {
            statement.execute("PRAGMA writable_schema = ON");
            try {
                damageSchema(statement, "rootpage + 1000000");
                assertProblem(http.get("/databases"), 503, "STORAGE_UNREACHABLE");
            } finally {
                damageSchema(statement, "rootpage - 1000000");
            }
        }
        assertThat(http.get("/databases").status()).isEqualTo(200);
    }

    private static void damageSchema(Statement statement, String rootpage) throws SQLException {
        statement.execute("UPDATE sqlite_schema SET rootpage = " + rootpage + " WHERE name = 'access_token'");
        int version = statement.executeQuery("PRAGMA schema_version").getInt(1);
        statement.execute("PRAGMA schema_version = " + (version + 1)); // so that others read it anew
    }

    @Test
    void problemsKeepTheirOrderAndTheirInstanceIsThePath() {
        var answer = http.get("/databases/unknown");
        assertThat(answer.text()).startsWith("{\"type\":").contains("\"instance\":\"/api/v1/databases/unknown\"");
    }

    @ParameterizedTest
    @EnumSource(ProblemCode.class)
    void documentTellsStatusAndRetryableOfEachCode(ProblemCode code) throws IOException {
        var document = Files.readString(Path.of("docs/errors.md"));
        var heading = "\n### " + code + "\n";
        assertThat(document).containsOnlyOnce(heading);
        var section = document.substring(document.indexOf(heading) + heading.length());
        assertThat(section)
                .startsWith(
                        "Status %d, %s. ".formatted(code.status(), code.retryable() ? "retryable" : "not retryable"));
    }

    @Test
    void documentHasNoCodeThatIsNotThereAndIsServedWhereTypesPoint() throws IOException {
        var document = Files.readString(Path.of("docs/errors.md"));
        assertThat(document.lines().filter(line -> line.startsWith("### ")).map(line -> line.substring(4)))
                .allSatisfy(code -> assertThat(ProblemCode.valueOf(code)).isNotNull())
                .hasSameSizeAs(ProblemCode.values());
        var type = http.get("/databases/unknown").json().get("type").asString();
        assertThat(type).endsWith("#" + ProblemCode.DATABASE_NOT_FOUND.name().toLowerCase(Locale.ROOT));
        assertThat(http.get("/" + type.substring(0, type.indexOf('#'))).text()).isEqualTo(document);
    }
}
