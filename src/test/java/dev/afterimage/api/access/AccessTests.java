package dev.afterimage.api.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import dev.afterimage.api.Http;
import dev.afterimage.api.RawConnection;
import dev.afterimage.api.http.Needs;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/** Who is let in, and for whom what exists. */
class AccessTests extends ApiTest {

    @Autowired
    private ApplicationContext context;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//actuator/health",
                "//actuator/health/liveness",
                "//actuator/health/readiness",
                "//v3/api-docs",
                "//v3/api-docs.yaml",
                "//swagger-ui/index.html",
                "//swagger-ui/swagger-ui-bundle.js",
                "//docs/errors.md"
            })
    void withoutATokenOnlyWhatTellsNothingOfAnybodyIsAnswered(String path) {
        assertThat(http.as("").get(path).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/databases",
                "/no-such-path",
                "//error",
                "//nothing",
                "//actuator",
                "//actuator/info",
                "//actuator/prometheus",
                "//actuator/health/protection",
                "//actuator/health/",
                "//swagger-ui/../api/v1/databases",
                "//docs/errors.md/x"
            })
    void withoutATokenAnythingElseIsRefused(String path) {
        var answer = http.as("").get(path);
        if (answer.status() != 400) { // what the server itself refuses as no proper path
            assertProblem(answer, 401, "UNAUTHENTICATED");
            assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer");
            assertThat(answer.header("X-Request-Id")).isNotBlank();
        }
    }

    @Test
    void healthHasComponentsOnlyForThoseWhoMaySeeAll() {
        for (var bare : List.of(http.as(""), token("READ", name))) {
            var json = bare.get("//actuator/health").json();
            assertThat(json.get("status").asString()).isEqualTo("UP");
            assertThat(json.has("components")).isFalse();
        }
        assertThat(token("READ").get("//actuator/health").json().has("components"))
                .isTrue();
        assertThat(token("READ").get("//actuator/prometheus").status()).isEqualTo(200);
        assertProblem(token("READ", name).get("//actuator/prometheus"), 403, "FORBIDDEN");
    }

    @Test
    void aTokenIsAcceptedInEitherHeaderAndNowhereElse() {
        var token = token("READ").token();
        var nobody = http.as("");
        assertThat(nobody.get("/databases", "Authorization", "Bearer " + token).status())
                .isEqualTo(200);
        assertThat(nobody.get("/databases", "authorization", "bearer  " + token).status())
                .isEqualTo(200);
        assertThat(nobody.get("/databases", "X-API-Key", token).status()).isEqualTo(200);
        assertThat(nobody.get("/databases", "X-API-Key", token, "Authorization", "Basic dTpw")
                        .status())
                .as("a proxy's password")
                .isEqualTo(200);
        assertThat(nobody.get("/databases", "X-API-Key", token, "Authorization", "Bearer " + token)
                        .status())
                .isEqualTo(200);
        for (var parameter : List.of("token", "access_token", "api_key", "X-API-Key")) {
            assertProblem(nobody.get("/databases?" + parameter + "=" + token), 401, "UNAUTHENTICATED");
        }
        assertProblem(nobody.get("/databases", "Cookie", "token=" + token), 401, "UNAUTHENTICATED");
    }

    @Test
    void twoTokensThatDifferAreRefused() {
        var answer = http.get("/databases", "X-API-Key", token("READ").token());
        assertProblem(answer, 401, "UNAUTHENTICATED");
        assertProblem(
                http.as("").get("/databases", "X-API-Key", http.token(), "X-API-Key", "other"), 401, "UNAUTHENTICATED");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ai_",
                "nonsense",
                "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.",
                "ai_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
            })
    void aTokenThatNeverWasOneIsRefusedLikeARevokedOne(String text) {
        var made = http.post("/tokens", "{\"name\": \"short\", \"scope\": \"READ\"}")
                .json();
        var revoked = http.as(made.get("token").asString());
        assertThat(revoked.get("/databases").status()).isEqualTo(200);
        assertThat(http.delete("/tokens/" + made.get("id").asString()).status()).isEqualTo(204);

        var answer = http.as("").get("/databases", "Authorization", "Bearer " + text);
        assertProblem(answer, 401, "UNAUTHENTICATED");
        assertThat(answer.text()).isEqualTo(revoked.get("/databases").text());
    }

    @Test
    void aScopeThatIsNotEnoughIsNamed() {
        var answer = token("READ").post("/databases/" + name + "/backups", "");
        assertProblem(answer, 403, "SCOPE_NEEDED");
        assertThat(answer.json().get("scope").asString()).isEqualTo("OPERATE");
    }

    @Test
    void everyHandlerSaysWhoMayCallIt() {
        context
                .getBean("requestMappingHandlerMapping", RequestMappingHandlerMapping.class)
                .getHandlerMethods()
                .values()
                .stream()
                .filter(handler -> handler.getBeanType().getName().startsWith("dev.afterimage."))
                .forEach(handler -> assertThat(handler.getMethodAnnotation(Needs.class))
                        .as(handler.toString())
                        .isNotNull());
    }

    @Test
    void withoutConfigurationNothingReadsJwts() {
        assertThat(context.getBeansOfType(JwtDecoder.class)).isEmpty();
        assertThat(context.containsBean("jwtCallers")).isFalse();
    }

    @Test
    void aTokenIsShownOnceAndThenOnlyWhatItMayDo() {
        var body = """
                {"name": "%s", "scope": "OPERATE", "databases": ["%s", "team=billing"], "expiresAt": "2099-01-01T00:00:00Z"}
                """.formatted(name, name);
        var answer = http.post("/tokens", body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(201);
        assertThat(answer.header("Cache-Control")).contains("no-store");
        var made = answer.json();
        assertThat(made.get("token").asString()).matches("ai_[A-Za-z0-9_-]{43}");
        assertThat(made.get("createdBy").asString()).isEqualTo("admin");

        var shown = http.get(answer.header("Location").replace("/api/v1", ""));
        assertThat(shown.json().get("token").isNull()).isTrue();
        assertThat(shown.json().get("databases").get(1).asString()).isEqualTo("team=billing");
        assertThat(shown.json().get("expiresAt").asString()).isEqualTo("2099-01-01T00:00:00Z");
        assertThat(http.get("/tokens").text())
                .contains(made.get("id").asString())
                .doesNotContain(made.get("token").asString())
                .doesNotContain(http.token());
    }

    @Test
    void aTokenThatMakesNoSenseIsRefused() {
        assertInvalid(http.post("/tokens", "{\"name\": \"a\"}"), "scope");
        assertInvalid(http.post("/tokens", "{\"name\": \"\", \"scope\": \"READ\"}"), "name");
        assertInvalid(http.post("/tokens", "{\"name\": \"a\", \"scope\": \"read\"}"), "scope");
        assertInvalid(http.post("/tokens", "{\"name\": \"a\", \"scope\": \"READ\", \"databases\": []}"), "databases");
        assertInvalid(
                http.post("/tokens", "{\"name\": \"a\", \"scope\": \"READ\", \"databases\": [\"A b\"]}"),
                "databases[0]");
        assertInvalid(
                http.post("/tokens", "{\"name\": \"a\", \"scope\": \"READ\", \"expiresAt\": \"2020-01-01T00:00:00Z\"}"),
                "expiresAt");
    }

    @Test
    void theAdminTokenCannotBeRevoked() throws Exception {
        var admin = http.get("/tokens?")
                .json()
                .get("items")
                .valueStream()
                .filter(token -> token.get("ofFile").asBoolean())
                .findFirst()
                .orElseThrow();
        assertProblem(http.delete("/tokens/" + admin.get("id").asString()), 409, "ADMIN_TOKEN_IN_FILE");
        assertThat(http.get("/databases").status()).isEqualTo(200);
        assertThat(Instant.parse(admin.get("lastUsedAt").asString()))
                .isAfter(Instant.now().minusSeconds(60));
        assertThat(Files.readString(HOME.resolve("admin-token")).strip()).isEqualTo(http.token());
    }

    @Test
    void listsHaveOnlyWhatExistsForTheCaller() throws Exception {
        register(database(name));
        var other = register("other-" + name, Map.of("team", name));
        var mine = ended(http.post("/databases/" + name + "/backups", "{\"verify\": \"NONE\"}")
                .json());
        var others = ended(http.post("/databases/" + other + "/backups", "{\"verify\": \"NONE\"}")
                .json());
        var both = ended(http.post("/backups", "{\"databases\": [\"%s\", \"%s\"]}".formatted(name, other))
                .json());

        var named = token("READ", name);
        assertThat(texts(named.get("/databases"), "name")).containsExactly(name);
        assertThat(texts(named.get("/jobs"), "id")).containsExactly(id(mine));
        assertThat(texts(named.get("/snapshots"), "database"))
                .containsOnly(name)
                .hasSize(2);
        assertThat(named.get("/protection").text()).doesNotContain(other);
        assertProblem(named.get("/jobs/" + id(both)), 404, "JOB_NOT_FOUND");

        var labelled = token("READ", "team=" + name);
        assertThat(texts(labelled.get("/databases"), "name")).containsExactly(other);
        assertThat(texts(labelled.get("/jobs"), "id")).containsExactly(id(others));
        assertThat(http.patch("/databases/" + other, "{\"labels\": {}}").status())
                .isEqualTo(200);
        assertThat(texts(labelled.get("/databases"), "name")).isEmpty();
        assertProblem(labelled.get("/jobs/" + id(others)), 404, "JOB_NOT_FOUND");

        var all = token("READ", name, other);
        var first = all.get("/databases?limit=1").json();
        assertThat(first.get("items")).hasSize(1);
        var next = all.get(
                        "/databases?limit=1&cursor=" + first.get("nextCursor").asString())
                .json();
        assertThat(next.get("items").get(0).get("name").asString()).isEqualTo(other);
        assertThat(next.get("nextCursor").isNull()).isTrue();
        assertThat(texts(all.get("/jobs"), "id")).containsExactly(id(both), id(others), id(mine));
    }

    @Test
    void whatABodyNamesExistsOnlyWhereItDoesForTheCaller() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        var other = register("other-" + name, Map.of());
        var theirs = ended(http.post("/databases/" + other + "/backups", "{\"verify\": \"NONE\"}")
                        .json())
                .get("result")
                .get("snapshotId")
                .asString();
        var limited = token("OPERATE", name);

        assertProblem(
                limited.post("/backups", "{\"databases\": [\"%s\", \"%s\"]}".formatted(name, other)),
                404,
                "DATABASE_NOT_FOUND");
        assertProblem(
                restore(limited, theirs, "\"path\": \"%s\"".formatted(ROOT.resolve(name + "-a.db"))),
                404,
                "SNAPSHOT_NOT_FOUND");
        assertProblem(
                restore(limited, snapshot, "\"database\": \"%s\", \"mode\": \"REPLACE_LIVE\"".formatted(other)),
                404,
                "DATABASE_NOT_FOUND");
        Files.move(ROOT.resolve(other + ".db"), ROOT.resolve(name + "-moved.db"));
        var planted = restore(limited, snapshot, "\"path\": \"%s\"".formatted(ROOT.resolve(other + ".db")));
        assertProblem(planted, 403, "FORBIDDEN");
        Files.move(ROOT.resolve(name + "-moved.db"), ROOT.resolve(other + ".db"));
        for (var path : List.of(ROOT.resolve(other + ".db"), database(name + "-unregistered"))) {
            var answer = restore(limited, snapshot, "\"path\": \"%s\", \"mode\": \"REPLACE_FILE\"".formatted(path));
            assertProblem(answer, 403, "FORBIDDEN");
            assertThat(answer.text()).doesNotContain(other);
        }
        var own = "\"path\": \"%s\", \"mode\": \"REPLACE_LIVE\"".formatted(ROOT.resolve(name + ".db"));
        var replaced = ended(restore(limited, snapshot, own).json());
        assertThat(replaced.get("state").asString()).as(replaced.toString()).isEqualTo("SUCCEEDED");
        var made = restore(limited, snapshot, "\"path\": \"%s\"".formatted(ROOT.resolve(name + "-new.db")));
        assertThat(ended(made.json()).get("state").asString()).isEqualTo("SUCCEEDED");
    }

    @Test
    void aKeyThatAnotherCallerHasUsedLeadsToNoneOfItsJobs() throws Exception {
        register(database(name));
        register("other-" + name, Map.of());
        var body = "{\"databases\": [\"%s\", \"%s\"]}".formatted(name, "other-" + name);
        var group = ended(http.post("/backups", body, "Idempotency-Key", name).json());

        var limited = token("OPERATE", name);
        assertProblem(limited.post("/backups", body, "Idempotency-Key", name), 404, "DATABASE_NOT_FOUND");
        var own = "/databases/" + name + "/backups";
        var job = limited.post(own, "{}", "Idempotency-Key", name).json();
        assertThat(job.get("id")).isNotNull().isNotEqualTo(group.get("id"));
        assertProblem(http.post(own, "{}", "Idempotency-Key", name), 422, "IDEMPOTENCY_MISMATCH");
        ended(job);
    }

    @Test
    void aLimitedAdminMayNotReachAnotherFileByWayOfItsDatabase() throws Exception {
        register(database(name));
        var secret = database(name + "-secret");
        var limited = token("ADMIN", name);

        assertProblem(limited.patch("/databases/" + name, "{\"path\": \"%s\"}".formatted(secret)), 403, "FORBIDDEN");
        assertThat(limited.patch("/databases/" + name, "{\"labels\": {\"a\": \"b\"}}")
                        .status())
                .isEqualTo(200);
    }

    /** Whether there is a directory, a file in it, or nothing. */
    @Test
    void aRestoreBesideNoneOfTheTokensDatabasesTellsNothingOfWhatIsThere() throws Exception {
        var mine = Files.createDirectory(ROOT.resolve(name));
        var file = database(mine.resolve("mine.db"), "WAL", 10);
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(name, file));
        var snapshot = snapshot();
        var theirs = Files.createDirectory(ROOT.resolve(name + "-theirs"));
        Files.createFile(theirs.resolve("there.db"));
        Files.createSymbolicLink(mine.resolve("link"), theirs);
        var limited = token("OPERATE", name);

        var answers = Stream.of(
                        theirs + "/there.db",
                        theirs + "/new.db",
                        theirs + "/none/new.db",
                        mine + "/link/new.db",
                        mine + "/none/new.db")
                .map(path -> restore(limited, snapshot, "\"path\": \"%s\"".formatted(path)))
                .toList();

        assertThat(answers).allSatisfy(answer -> assertProblem(answer, 403, "FORBIDDEN"));
        assertThat(answers)
                .map(answer -> answer.json().get("detail").asString())
                .containsOnly(answers.getFirst().json().get("detail").asString());
        var made = restore(limited, snapshot, "\"path\": \"%s\"".formatted(mine.resolve("new.db")));
        assertThat(ended(made.json()).get("state").asString()).isEqualTo("SUCCEEDED");
    }

    @Test
    void aPreviewOfARestoreNeedsOnlyRead() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        var body = "{\"snapshot\": \"%s\", \"target\": {\"path\": \"%s\"}}"
                .formatted(snapshot, ROOT.resolve(name + "-new.db"));
        assertThat(token("READ").post("/restores?dryRun=true", body).status()).isEqualTo(200);
        for (var dry : List.of("", "?dryRun=false", "?dryRun=1", "?dryRun=false&dryRun=true")) {
            assertProblem(token("READ").post("/restores" + dry, body), 403, "SCOPE_NEEDED");
        }
    }

    private static Answer restore(Http http, String snapshot, String target) {
        return http.post("/restores", "{\"snapshot\": \"%s\", \"target\": {%s}}".formatted(snapshot, target));
    }

    private String register(String other, Map<String, String> labels) throws Exception {
        var text = labels.entrySet().stream()
                .map(label -> "\"%s\": \"%s\"".formatted(label.getKey(), label.getValue()))
                .toList();
        var body = "{\"name\": \"%s\", \"path\": \"%s\", \"labels\": {%s}}"
                .formatted(other, database(other), String.join(",", text));
        assertThat(http.post("/databases", body).status()).isEqualTo(201);
        return other;
    }

    private static String id(JsonNode json) {
        return json.get("id").asString();
    }

    private static List<String> texts(Answer list, String field) {
        return list.json()
                .get("items")
                .valueStream()
                .map(item -> item.get(field).asString())
                .toList();
    }

    @Test
    void changeThatLetsASnapshotGoSoonerNeedsTheScopeThatDeletesIt() throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase();
        var operator = token("OPERATE");
        assertThat(operator.patch(path, "{\"pinned\": true}").status()).isEqualTo(200);
        assertProblem(operator.patch(path, "{\"pinned\": false}"), 403, "SCOPE_NEEDED");
        assertProblem(operator.patch(path, "{\"expiresAt\": \"2040-01-01T00:00:00Z\"}"), 403, "SCOPE_NEEDED");
        assertThat(http.patch(path, "{\"expiresAt\": \"2040-01-01T00:00:00Z\"}").status())
                .isEqualTo(200);
        assertProblem(operator.patch(path, "{\"expiresAt\": \"2039-01-01T00:00:00Z\"}"), 403, "SCOPE_NEEDED");
        assertThat(operator.patch(path, "{\"expiresAt\": \"2041-01-01T00:00:00Z\"}")
                        .status())
                .isEqualTo(200);
        assertThat(operator.patch(path, "{\"expiresAt\": null}").status()).isEqualTo(200);
        assertThat(http.patch(path, "{\"pinned\": false}").status()).isEqualTo(200);
    }

    @Test
    void changeThatTakesAwayTheLabelByWhichAPolicyKeepsASnapshotNeedsTheScopeThatDeletesIt() throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase();
        var operator = token("OPERATE");
        assertThat(operator.patch(path, "{\"labels\": {\"keep\": \"1\", \"a\": \"b\"}}")
                        .status())
                .isEqualTo(200);
        var policy = "{\"last\": 1, \"labels\": [\"keep\", \"a=b\"]}";
        assertThat(http.send("PUT", "/databases/" + name + "/retention", policy).status())
                .isEqualTo(200);
        assertThat(operator.patch(path, "{\"labels\": {\"keep\": \"2\"}}").status())
                .as("it stays by another label")
                .isEqualTo(200);
        for (var labels : List.of("{}", "{\"a\": \"c\"}")) {
            assertProblem(operator.patch(path, "{\"labels\": " + labels + "}"), 403, "SCOPE_NEEDED");
        }
        assertThat(http.patch(path, "{\"labels\": {}}").status()).isEqualTo(200);
        assertThat(operator.patch(path, "{\"labels\": {\"a\": \"c\"}}").status())
                .as("no rule keeps it by labels any more")
                .isEqualTo(200);
    }

    @Test
    void whyAGroupFailedIsNotToldToWhoMayNotSeeTheOtherDatabase() throws Exception {
        register(database(name));
        snapshot();
        var hidden = "hidden-" + name;
        var file = database(ROOT.resolve(hidden + ".db"), "WAL", 10);
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(hidden, file));
        Files.delete(file);
        var group = ended(http.post("/backups", "{\"databases\": [\"%s\", \"%s\"]}".formatted(name, hidden))
                .json());
        assertThat(group.get("problem").toString()).contains(hidden);

        var protection = token("READ", name).get("/databases/" + name + "/protection");

        assertThat(protection.status()).isEqualTo(503);
        assertThat(protection.json().get("reason").asString())
                .contains(group.get("problem").get("code").asString());
        assertThat(protection.text()).doesNotContain(hidden);
    }

    /** No form is ever read, so that nobody without a token can make the service take a large or slow body. */
    @ParameterizedTest
    @CsvSource({
        "PUT, /api/v1/databases, application/x-www-form-urlencoded, 401",
        "POST, /actuator/health, multipart/form-data; boundary=x, 405"
    })
    void bodyOfSomebodyUnknownIsNotRead(String method, String path, String type, String status) throws Exception {
        var head = "%s %s HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: 100000000\r\n\r\na=b"
                .formatted(method, path, type);
        try (var connection = new RawConnection(http.port(), "127.0.0.1")) {
            assertThat(connection.send(head).readHead()).startsWith("HTTP/1.1 " + status);
        }
    }
}
