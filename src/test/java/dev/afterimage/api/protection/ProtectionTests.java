package dev.afterimage.api.protection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ProtectionTests extends ApiTest {

    @Test
    void protectionIs503UntilThereIsAGoodSnapshotThatIsYoungEnough() throws Exception {
        register(database(name));
        var path = "/databases/" + name + "/protection";
        var before = http.get(path);
        assertThat(before.status()).isEqualTo(503);
        assertThat(before.header("Content-Type")).isEqualTo("application/json");
        assertThat(before.json().get("protection").asString()).isEqualTo("UNPROTECTED");
        assertThat(before.json().get("reason").asString()).isEqualTo("There is no good snapshot.");
        assertThat(before.json().get("lastGoodAt").isNull()).isTrue();
        assertThat(before.json().get("ageSeconds").isNull()).isTrue();
        assertThat(before.json().get("maxAge").asString()).isEqualTo("PT24H");

        snapshot();
        var after = http.get(path);
        assertThat(after.status()).isEqualTo(200);
        assertThat(after.json().get("protection").asString()).isEqualTo("PROTECTED");
        assertThat(after.json().get("ageSeconds").asLong()).isBetween(0L, 60L);

        change("{\"maxAge\": \"1s\"}");
        await().until(() -> http.get(path).status() == 503);
        assertThat(http.get(path).json().get("protection").asString()).isEqualTo("STALE");
        assertThat(change("{\"labels\": {\"a\": \"b\"}}").get("maxAge").asString())
                .isEqualTo("PT1S");
        var changed = change("{\"maxAge\": null}");
        assertThat(changed.get("maxAge").asString()).isEqualTo("PT24H");
        assertThat(changed.get("labels").get("a").asString()).isEqualTo("b");
        assertThat(http.get(path).status()).isEqualTo(200);
    }

    @Test
    void databaseWithoutAFullCheckIsStaleWhereOneIsDemandedAndProtectedAfterABackupThatMadeIt() throws Exception {
        register(database(name));
        var path = "/databases/" + name + "/protection";
        assertThat(change("{\"maxFullCheckAge\": \"2d\"}")
                        .get("maxFullCheckAge")
                        .asString())
                .isEqualTo("PT48H");
        backUp("{\"verify\": \"STORED\"}");
        assertThat(http.get(path).json().get("protection").asString()).isEqualTo("STALE");
        assertThat(http.get(path).json().get("lastFullCheckAt").isNull()).isTrue();

        var job = backUp("{}"); // small, so by default it is FULL
        var snapshot = http.get(
                        "/snapshots/" + job.get("result").get("snapshotId").asString())
                .json();
        assertThat(snapshot.get("level").asString()).isEqualTo("FULL");
        assertThat(http.get(path).status()).isEqualTo(200);
        assertThat(http.get(path).json().get("lastFullCheckAt").asString())
                .isEqualTo(snapshot.get("fullCheckAt").asString());

        assertThat(change("{\"maxFullCheckAge\": null}").get("maxFullCheckAge").isNull())
                .isTrue();
    }

    @Test
    void maxAgeMustBeADurationAboveZero() throws Exception {
        register(database(name));
        for (var wrong : new String[] {"\"0s\"", "\"-1h\"", "\"soon\"", "5", "\"40000d\""}) {
            var answer = http.patch("/databases/" + name, "{\"maxAge\": " + wrong + "}");
            assertProblem(answer, 400, "INVALID_REQUEST");
            assertThat(answer.text()).contains("maxAge");
        }
        assertProblem(http.get("/databases/none-of-them/protection"), 404, "DATABASE_NOT_FOUND");
    }

    @Test
    void protectionOfAllIs503AndNamesThoseThatAreNotProtected() throws Exception {
        register(database(name));
        var answer = http.get("/protection?limit=500");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.json().get("items"))
                .anySatisfy(item -> assertThat(item.get("database").asString()).isEqualTo(name))
                .allSatisfy(
                        item -> assertThat(item.get("protection").asString()).isNotEqualTo("PROTECTED"));
        assertThat(answer.json().get("counts").get("UNPROTECTED").asLong()).isPositive();

        register("second-" + name);
        var first = http.get("/protection?limit=1").json();
        assertThat(first.get("items")).hasSize(1);
        var rest = http.get(
                        "/protection?limit=1&cursor=" + first.get("nextCursor").asString())
                .json();
        assertThat(rest.get("items").get(0).get("database").asString())
                .isGreaterThan(first.get("items").get(0).get("database").asString());
    }

    @Test
    void healthGroupIs503WhileTheServiceItselfIsUp() throws Exception {
        register(database(name));
        var group = http.get("//actuator/health/protection");
        assertThat(group.status()).isEqualTo(503);
        assertThat(group.json().get("status").asString()).isEqualTo("NOT_PROTECTED");
        var details = group.json().get("components").get("databases").get("details");
        assertThat(details.get("counts").get("UNPROTECTED").asLong()).isPositive();
        assertThat(details.get("notProtected")).isNotEmpty();
        for (var probe : new String[] {"/liveness", "/readiness"}) {
            assertThat(http.get("//actuator/health" + probe).status()).isEqualTo(200);
        }
        var whole = await().until( // it may be a few seconds old
                        () -> http.get("//actuator/health"), told -> told.text().contains("NOT_PROTECTED"));
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.json().get("components").get("databases").get("status").asString())
                .isEqualTo("NOT_PROTECTED");
        assertThat(whole.json().get("status").asString()).isNotEqualTo("NOT_PROTECTED");
    }

    @Test
    void metricsTellWhichDatabaseIsProtectedAndHowManyAre() throws Exception {
        snapshotOfNewDatabase();
        await().untilAsserted(() -> assertThat(http.get("//actuator/prometheus").text())
                .contains("afterimage_database_protected{database=\"" + name + "\"} 1.0")
                .containsPattern("afterimage_databases\\{protection=\"PROTECTED\"} [1-9]"));
    }

    private void register(String other) throws Exception {
        var body = "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(other, database(other));
        assertThat(http.post("/databases", body).status()).isEqualTo(201);
    }

    private JsonNode change(String body) {
        var answer = http.patch("/databases/" + name, body);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.json();
    }
}
