package dev.afterimage.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import dev.afterimage.api.Http;
import dev.afterimage.api.RawConnection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Browsers that sign in, and pages of others that would like to use that. */
class SessionApiTests extends ApiTest {

    /** What a browser sends that is signed in, from a page of the service. */
    private record Browser(Http nobody, String cookie) {

        Answer get(String path, String... headers) {
            return nobody.get(path, with(headers));
        }

        Answer post(String path, String json, String... headers) {
            return nobody.post(path, json, with(headers));
        }

        Answer delete(String path, String... headers) {
            return nobody.send(nobody.request(path, with(headers)).DELETE());
        }

        String own() {
            return "http://127.0.0.1:" + nobody.port();
        }

        private String[] with(String... headers) {
            var all = new ArrayList<>(List.of("Cookie", cookie));
            all.addAll(Arrays.asList(headers));
            return all.toArray(String[]::new);
        }
    }

    private Browser signedIn(Http as) {
        var nobody = http.as("");
        var answer = nobody.post("/session", signIn(as.token()));
        assertThat(answer.status()).as(answer.text()).isEqualTo(204);
        return new Browser(nobody, cookie(answer));
    }

    private static String signIn(String token) {
        return "{\"token\": \"%s\"}".formatted(token);
    }

    private static String cookie(Answer answer) {
        return answer.header("Set-Cookie").replaceAll(";.*", "");
    }

    @Test
    void createWhenTheTokenIsAcceptedSetsACookieThatNoScriptReadsAndNoOtherSiteSends() {
        var answer = http.as("").post("/session", signIn(http.token()));

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("Set-Cookie"))
                .matches(
                        "afterimage-session-%d=[A-Za-z0-9_-]{43}; Path=/; Max-Age=604\\d{3}; Expires=[^;]+; HttpOnly; SameSite=Strict"
                                .formatted(http.port()));
    }

    @Test
    void requestsByTheCookieDoWhatThoseByItsTokenDo() throws Exception {
        register(database(name));
        var browser = signedIn(token("OPERATE", name));

        assertThat(browser.get("/databases/" + name).status()).isEqualTo(200);
        assertThat(browser.get("/databases").json().get("items")).hasSize(1);
        assertProblem(browser.get("/databases/no-such"), 404, "DATABASE_NOT_FOUND");
        assertProblem(browser.get("/webhooks"), 403, "SCOPE_NEEDED");
        var job = browser.post("/databases/" + name + "/backups", "", "Origin", browser.own());
        assertThat(job.status()).as(job.text()).isEqualTo(202);
    }

    @Test
    void meTellsWhoTheTokenOrTheSessionStandsFor() {
        var limited = token("OPERATE", name, "team=billing");
        var byToken = limited.get("/me").json();
        assertThat(byToken.get("name").asString()).isEqualTo(name);
        assertThat(byToken.get("scope").asString()).isEqualTo("OPERATE");
        assertThat(byToken.get("databases").valueStream().map(n -> n.asString()))
                .containsExactly(name, "team=billing");
        assertThat(byToken.get("expiresAt").isNull()).isTrue();
        assertThat(byToken.get("signedInBy").asString()).isEqualTo("TOKEN");
        assertThat(byToken.get("session").isNull()).isTrue();

        var bySession = signedIn(limited).get("/me").json();
        assertThat(bySession.get("name").asString()).isEqualTo(name);
        assertThat(bySession.get("tokenId")).isEqualTo(byToken.get("tokenId"));
        assertThat(bySession.get("signedInBy").asString()).isEqualTo("SESSION");
        assertThat(bySession.get("session").get("idleAt").asString()).isNotBlank();
        assertThat(http.get("/me").json().get("databases").isNull()).isTrue();
        assertProblem(http.as("").get("/me"), 401, "UNAUTHENTICATED");
    }

    @Test
    void createWhenTheTokenIsNotAcceptedIsRefusedAndCounted() {
        var wrong = "ai_" + "A".repeat(43);
        for (var text : List.of(wrong, "nonsense", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", wrong)) {
            var answer = http.as("").post("/session", signIn(text));
            assertProblem(answer, 401, "UNAUTHENTICATED");
            assertThat(answer.findHeader("Set-Cookie")).isEmpty();
            assertThat(answer.text()).doesNotContain(text);
        }
        var audit = http.get("/audit?limit=500").json().get("items");
        assertThat(audit.valueStream()
                        .filter(entry -> entry.get("path").asString().equals("/api/v1/session"))
                        .filter(entry -> entry.get("status").asInt() == 401))
                .as("one of all within a minute, two across its end")
                .hasSizeBetween(0, 2);
        assertThat(audit.toString()).doesNotContain(wrong);
    }

    @Test
    void createWhenTheBodyIsNoneOrTooLargeIsRefused() {
        var nobody = http.as("");
        assertInvalid(nobody.post("/session", "{}"), "token");
        assertInvalid(nobody.post("/session", "{\"token\": null}"), "token");
        assertInvalid(nobody.post("/session", "{\"token\": \"\"}"), "token");
        assertInvalid(nobody.post("/session", signIn("a".repeat(20_000))), "token");
        assertProblem(nobody.post("/session", signIn("a".repeat(200_000))), 413, "REQUEST_TOO_LARGE");
        var form = nobody.request("/session", "Content-Type", "application/x-www-form-urlencoded")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString("token=" + http.token()));
        assertProblem(nobody.send(form), 415, "UNSUPPORTED_MEDIA_TYPE");
    }

    @Test
    void createByAPageOfOthersIsRefused() {
        var nobody = http.as("");
        for (var header : List.of(
                List.of("Origin", "https://evil.example"),
                List.of("Origin", "null"),
                List.of("Sec-Fetch-Site", "cross-site"))) {
            var answer = nobody.post("/session", signIn(http.token()), header.toArray(String[]::new));
            assertProblem(answer, 403, "CROSS_ORIGIN");
            assertThat(answer.findHeader("Set-Cookie")).isEmpty();
        }
    }

    @Test
    void createAlwaysMakesANewSessionAndEndsTheOneOfBefore() {
        var nobody = http.as("");
        var planted = "afterimage-session-%d=%s".formatted(http.port(), "A".repeat(43));
        var first = cookie(nobody.post("/session", signIn(http.token()), "Cookie", planted));
        assertThat(first).isNotEqualTo(planted);
        assertThat(nobody.get("/me", "Cookie", planted).status()).isEqualTo(401);

        var own = new Browser(nobody, first).own();
        var second = cookie(nobody.post("/session", signIn(http.token()), "Cookie", first, "Origin", own));

        assertThat(second).isNotEqualTo(first);
        assertThat(nobody.get("/me", "Cookie", first).status()).isEqualTo(401);
        assertThat(nobody.get("/me", "Cookie", second).status()).isEqualTo(200);
    }

    @Test
    void deleteEndsTheSessionAndTakesTheCookieAway() {
        var browser = signedIn(http);

        var answer = browser.delete("/session", "Origin", browser.own());

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.header("Set-Cookie"))
                .startsWith("afterimage-session-%d=;".formatted(http.port()))
                .contains("Max-Age=0", "Path=/");
        assertProblem(browser.get("/me"), 401, "UNAUTHENTICATED");
        assertThat(browser.delete("/session").status()).as("once more").isEqualTo(204);
    }

    @ParameterizedTest
    @CsvSource({
        "Origin, https://evil.example",
        "Origin, null",
        "Origin, http://127.0.0.1",
        "Origin, http://127.0.0.1:1",
        "Origin, http://localhost:PORT",
        "Origin, http://127.0.0.1:PORT.evil.example",
        "Origin, http://127.0.0.1:PORT@evil.example",
        "Origin, http://127.0.0.1:PORT/",
        "Origin, file://127.0.0.1:PORT",
        "Origin, 127.0.0.1:PORT",
        "Referer, http://127.0.0.1:PORT/",
        "X-Forwarded-Host, evil.example",
    })
    void whatChangesSomethingByCookieIsRefusedUnlessAPageOfTheServiceSendsIt(String header, String value)
            throws Exception {
        register(database(name));
        var browser = signedIn(http);

        var answer = browser.delete("/databases/" + name, header, value.replace("PORT", "" + http.port()));

        assertProblem(answer, 403, "CROSS_ORIGIN");
        assertThat(http.get("/databases/" + name).status()).isEqualTo(200);
    }

    @Test
    void whatChangesSomethingByCookieWhenTheBrowserSaysThatItIsOfAnotherSiteIsRefused() throws Exception {
        register(database(name));
        var browser = signedIn(http);
        var path = "/databases/" + name + "/backups";

        for (var site : List.of("cross-site", "same-site")) {
            assertProblem(browser.post(path, "", "Origin", browser.own(), "Sec-Fetch-Site", site), 403, "CROSS_ORIGIN");
        }
        var answer = browser.post(path, "", "Origin", browser.own(), "Sec-Fetch-Site", "same-origin");
        assertThat(answer.status()).isEqualTo(202);
    }

    @Test
    void whatAPageOfOthersTriedIsInTheAuditUnderTheNameOfTheToken() {
        var browser = signedIn(token("OPERATE"));
        browser.delete("/databases/of-others-" + name, "Origin", "https://evil.example");
        browser.delete("/databases/of-others-" + name, "Origin", "https://evil.example");

        var entries = http.get("/audit?limit=500")
                .json()
                .get("items")
                .valueStream()
                .filter(entry -> entry.get("path").asString().endsWith("of-others-" + name))
                .toList();

        assertThat(entries).hasSizeBetween(1, 2).allSatisfy(entry -> {
            assertThat(entry.get("code").asString()).isEqualTo("CROSS_ORIGIN");
            assertThat(entry.get("name").asString()).isEqualTo(name);
        });
    }

    @Test
    void auditNamesTheTokenOfTheSessionAndWhoSignedIn() throws Exception {
        register(database(name));
        var browser = signedIn(token("OPERATE"));
        browser.post("/databases/" + name + "/backups", "", "Origin", browser.own());

        var own = http.get("/audit?limit=500")
                .json()
                .get("items")
                .valueStream()
                .filter(entry -> name.equals(entry.get("name").asString("")))
                .map(entry -> entry.get("operation").asString())
                .toList();

        assertThat(own).containsExactly("createBackup", "createSession");
    }

    /** Over plain HTTP beyond the own machine browsers send no Sec-Fetch-Site, and the Host is what they asked. */
    @Test
    void whatChangesSomethingByCookieUnderTheNameOfTheLocalNetworkIsAccepted() throws Exception {
        register(database(name));
        var json = signIn(http.token());
        var head = "POST /api/v1/session HTTP/1.1\r\nHost: backup.lan:8080\r\nOrigin: http://backup.lan:8080\r\n"
                + "Content-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s";
        var signedIn = ask(head.formatted(json.length(), json));
        assertThat(signedIn).startsWith("HTTP/1.1 204");
        var cookie = signedIn.replaceAll("(?s).*Set-Cookie: (afterimage-session-8080=[^;]+);.*", "$1");

        var write =
                "POST /api/v1/databases/%s/backups HTTP/1.1\r\nHost: Backup.lan:8080\r\nOrigin: http://backup.lan:8080\r\n"
                        + "Cookie: %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        assertThat(ask(write.formatted(name, cookie))).startsWith("HTTP/1.1 202");
        assertThat(ask(write.formatted(name, cookie).replace("Origin: http://backup", "Origin: http://other")))
                .startsWith("HTTP/1.1 403");
    }

    private String ask(String request) throws Exception {
        return RawConnection.ask(http.port(), "127.0.0.1", request);
    }

    @Test
    void tokenInAHeaderGoesBeforeTheCookie() throws Exception {
        register(database(name));
        var browser = signedIn(http);
        var reader = token("READ");

        var me = reader.get("/me", "Cookie", browser.cookie()).json();
        assertThat(me.get("name").asString()).isEqualTo(name);
        assertThat(me.get("signedInBy").asString()).isEqualTo("TOKEN");
        var delete = reader.request("/databases/" + name, "Cookie", browser.cookie());
        assertProblem(reader.send(delete.DELETE()), 403, "SCOPE_NEEDED");
        var wrong = http.as("ai_" + "B".repeat(43));
        assertProblem(wrong.get("/me", "Cookie", browser.cookie()), 401, "UNAUTHENTICATED");
        var script = http.post("/databases/" + name + "/backups", "", "Cookie", browser.cookie());
        assertThat(script.status()).as("a script names no origin").isEqualTo(202);
    }

    @Test
    void cookieOfARevokedTokenIsNoLongerAcceptedAndStillThereIsAPageToSignIn() {
        var made = http.post("/tokens", "{\"name\": \"short\", \"scope\": \"READ\"}")
                .json();
        var browser = signedIn(http.as(made.get("token").asString()));
        assertThat(browser.get("/me").status()).isEqualTo(200);

        http.delete("/tokens/" + made.get("id").asString());

        assertProblem(browser.get("/me"), 401, "UNAUTHENTICATED");
        assertThat(browser.get("//").status()).isEqualTo(200);
        assertThat(browser.post("/session", signIn(http.token())).status()).isEqualTo(204);
    }

    @ParameterizedTest
    @ValueSource(strings = {"afterimage-session", "afterimage-session-1", "session", "Afterimage-Session-PORT"})
    void cookieOfAnotherNameIsNone(String other) {
        var value = signedIn(http).cookie().replaceAll(".*=", "");

        var answer = http.as("").get("/me", "Cookie", other.replace("PORT", "" + http.port()) + "=" + value);

        assertProblem(answer, 401, "UNAUTHENTICATED");
    }

    @Test
    void sessionIsNoToken() {
        var value = signedIn(http).cookie().replaceAll(".*=", "");

        assertProblem(http.as(value).get("/me"), 401, "UNAUTHENTICATED");
        assertProblem(http.as("").post("/session", signIn(value)), 401, "UNAUTHENTICATED");
    }
}
