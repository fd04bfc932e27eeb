package dev.afterimage.api.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import java.io.ByteArrayInputStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the dashboard consists of, for everybody. */
class StaticFilesTests extends ApiTest {

    @ParameterizedTest
    @ValueSource(strings = {"//", "//index.html"})
    void pageIsForEverybodyAndLoadsNothingOfOthers(String path) {
        var answer = http.as("").get(path);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("text/html;charset=UTF-8");
        assertThat(answer.text()).contains("<title>");
        assertThat(answer.header("Content-Security-Policy"))
                .isEqualTo("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                        + " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Referrer-Policy")).isEqualTo("same-origin");
        assertThat(answer.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(answer.findHeader("Last-Modified")).isEmpty();
        assertThat(answer.findHeader("Set-Cookie")).isEmpty();
    }

    @Test
    void pageToWhichProblemsLeadIsShownByBrowsers() {
        var answer = http.as("").get("//docs/errors.md");

        assertThat(answer.header("Content-Type")).isEqualTo("text/plain;charset=UTF-8");
        assertThat(answer.text()).contains("DATABASE_NOT_FOUND");
    }

    @Test
    void pageThatHasNotChangedIsNotSentAgain() {
        var tag = http.as("").get("//").header("ETag");

        var again = http.as("").get("//", "If-None-Match", tag);
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.bytes()).isEmpty();
        assertThat(again.header("ETag")).isEqualTo(tag);
        assertThat(http.as("").get("//", "If-None-Match", "W/\"other\"").status())
                .isEqualTo(200);
    }

    @Test
    void pageIsCompressedForWhoTakesItSo() throws Exception {
        var plain = http.as("").get("//");
        var compressed = http.as("").get("//", "Accept-Encoding", "gzip, br");

        assertThat(compressed.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(compressed.header("Vary")).contains("Accept-Encoding");
        try (var gzip = new GZIPInputStream(new ByteArrayInputStream(compressed.bytes()))) {
            assertThat(gzip.readAllBytes()).isEqualTo(plain.bytes());
        }
        assertThat(compressed.header("ETag")).isEqualTo(plain.header("ETag"));
    }

    @Test
    void headHasNoBody() {
        var answer = http.as("").head("//index.html");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Length"))
                .isEqualTo(String.valueOf(http.get("//index.html").bytes().length));
    }

    @Test
    void nothingElseCanBeDoneWithThem() {
        assertProblem(http.as("").post("//index.html", "{}"), 401, "UNAUTHENTICATED");
        assertProblem(http.post("//index.html", "{}"), 405, "METHOD_NOT_ALLOWED");
        assertProblem(http.as("").get("//static/index.html"), 401, "UNAUTHENTICATED");
        assertProblem(http.as("").get("//application.yml"), 401, "UNAUTHENTICATED");
    }
}
