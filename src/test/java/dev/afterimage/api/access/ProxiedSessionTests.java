package dev.afterimage.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

/** Browsers that come by a proxy with TLS, which is believed. */
@TestPropertySource(properties = "server.forward-headers-strategy=native")
class ProxiedSessionTests extends ApiTest {

    @DynamicPropertySource
    static void ownHome(DynamicPropertyRegistry properties) {
        properties.add("api.home", () -> HOME.resolveSibling("proxied-home").toString());
    }

    private Answer signIn(String... headers) {
        return http.as("").post("/session", "{\"token\": \"%s\"}".formatted(http.token()), headers);
    }

    @Test
    void cookieIsSecureAndOfThePathUnderWhichTheProxyHasTheService() {
        var answer = signIn(
                "X-Forwarded-Proto", "https",
                "X-Forwarded-Host", "backup.example.com",
                "X-Forwarded-Prefix", "/backup",
                "Origin", "https://backup.example.com");

        assertThat(answer.status()).as(answer.text()).isEqualTo(204);
        assertThat(answer.header("Set-Cookie"))
                .contains("; Path=/backup;", "; Secure", "; HttpOnly", "; SameSite=Strict");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"/backup/", "backup", "//evil.example", "/a;Domain=evil.example", "/../x y", "/é"})
    void prefixThatIsNoPathIsLeftAlone(String prefix) {
        assertThat(signIn("X-Forwarded-Prefix", prefix.replace("é", "%c3")).header("Set-Cookie"))
                .contains("; Path=/;")
                .doesNotContain("Domain");
    }

    @ParameterizedTest
    @CsvSource({
        "https, backup.example.com, 443, https://backup.example.com, 202",
        "https, backup.example.com, 8443, https://backup.example.com:8443, 202",
        "https, backup.example.com, 443, http://backup.example.com, 403",
        "https, backup.example.com, 443, https://other.example.com, 403",
        "http, backup.example.com, 80, http://backup.example.com, 202",
    })
    void originIsComparedWithWhatTheBrowserAskedTheProxy(
            String scheme, String host, String port, String origin, int status) throws Exception {
        register(database(name));
        var cookie = signIn().header("Set-Cookie").replaceAll(";.*", "");

        var answer = http.as("")
                .post(
                        "/databases/" + name + "/backups",
                        "",
                        "Cookie",
                        cookie,
                        "X-Forwarded-Proto",
                        scheme,
                        "X-Forwarded-Host",
                        host,
                        "X-Forwarded-Port",
                        port,
                        "Origin",
                        origin);

        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    }
}
