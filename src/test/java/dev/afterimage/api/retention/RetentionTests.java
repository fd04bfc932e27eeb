package dev.afterimage.api.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.Answer;
import dev.afterimage.api.ApiTest;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Policies of what stays, their preview, and PRUNE jobs. */
class RetentionTests extends ApiTest {

    private static final String POLICY = """
            {"last": 1, "hourly": 2, "daily": 3, "weekly": 4, "monthly": 5, "yearly": 6, "within": "2d", "labels": ["release", "keep=yes"], "maxAge": "P1Y6M",
             "maxBytes": "50GB", "zone": "Europe/Berlin"}
            """;
    private static final String STORED_POLICY = """
            {"last": 1, "hourly": 2, "daily": 3, "weekly": 4, "monthly": 5, "yearly": 6, "within": "P2D", "labels": ["release", "keep=yes"], "maxAge": "P1Y6M",
             "maxBytes": 53687091200, "zone": "Europe/Berlin"}
            """;

    private String retention() {
        return "/databases/" + name + "/retention";
    }

    private Answer set(String policy) {
        return http.send("PUT", retention(), policy);
    }

    @Test
    void policyIsTheDatabasesOwnElseTheDefault() throws Exception {
        register(database(name));
        assertThat(http.get(retention()).json().get("source").asString()).isEqualTo("NONE");
        try {
            var byDefault = http.send("PUT", "/retention", "{\"last\": 5}");
            assertThat(byDefault.status()).as(byDefault.text()).isEqualTo(200);
            assertSame(http.get("/retention"), byDefault);
            assertSame(http.get(retention()), byDefault);
            assertThat(byDefault.json().get("source").asString()).isEqualTo("DEFAULT");
            assertThat(byDefault.json().get("policy").get("last").asInt()).isEqualTo(5);
            assertThat(byDefault.json().get("policy").get("daily").isNull()).isTrue();
            assertThat(byDefault.json().get("policy").get("zone").asString()).isEqualTo("UTC");

            var own = set(POLICY);
            assertThat(own.status()).as(own.text()).isEqualTo(200);
            assertThat(own.json().get("source").asString()).isEqualTo("DATABASE");
            assertThat(own.json().get("policy")).isEqualTo(new JsonMapper().readTree(STORED_POLICY));
            assertSame(http.get(retention()), own);
            assertSame(set(own.json().get("policy").toString()), own); // what is read can be written

            var equal = set("{\"last\": 5}");
            assertThat(equal.json().get("source").asString()).isEqualTo("DATABASE");
            assertThat(equal.json().get("policy")).isEqualTo(byDefault.json().get("policy"));
            assertSame(http.get(retention()), equal);

            assertThat(http.delete(retention()).status()).isEqualTo(204);
            assertSame(http.get(retention()), byDefault);
        } finally {
            assertThat(http.delete("/retention").status()).isEqualTo(204);
        }
        assertThat(http.get(retention()).json().get("source").asString()).isEqualTo("NONE");
        assertThat(http.delete(retention()).status()).as("it has none").isEqualTo(204);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"last\": 0}|last",
                "{\"hourly\": -1}|hourly",
                "{\"daily\": \"7\"}|daily",
                "{\"weekly\": 1.5}|weekly",
                "{\"monthly\": 100001}|monthly",
                "{\"yearly\": []}|yearly",
                "{\"within\": 5}|within",
                "{\"within\": \"soon\"}|within",
                "{\"within\": \"0d\"}|within",
                "{\"maxAge\": \"-P1D\"}|maxAge",
                "{\"maxAge\": \"P2000Y\"}|maxAge",
                "{\"maxBytes\": 0}|maxBytes",
                "{\"maxBytes\": \"much\"}|maxBytes",
                "{\"zone\": \"Mars/Olympus\"}|zone",
                "{\"zone\": 1}|zone",
                "{\"keepLast\": 1}|keepLast",
                "{\"labels\": [\"=x\"]}|labels[0]",
                "[]|''",
                "''|''",
            })
    void setWhenThePolicyIsInvalidNamesTheField(String policy, String field) {
        assertInvalid(set(policy), field);
        if (!policy.isEmpty()) {
            assertInvalid(http.post(retention() + "/preview", policy), field);
        }
    }

    private static void assertSame(Answer answer, Answer expected) {
        for (var field : List.of("source", "policy")) {
            assertThat(answer.json().get(field))
                    .as(answer.text())
                    .isEqualTo(expected.json().get(field));
        }
    }

    @Test
    void setTellsHowManySnapshotsTheNextPruneDeletes() throws Exception {
        snapshots(3);
        assertThat(http.get(retention()).json().get("snapshotsDue").asInt()).isZero();

        var set = set("{\"last\": 1}").json();

        assertThat(set.get("snapshotsDue").asInt()).isEqualTo(2);
        assertThat(http.get(retention()).json().get("snapshotsDue").asInt()).isEqualTo(2);
        assertThat(set.get("nextPruneAt").isNull())
                .as("this service never prunes by itself")
                .isTrue();
        set("{}");
        try {
            assertThat(http.send("PUT", "/retention", "{\"last\": 1}")
                            .json()
                            .get("snapshotsDue")
                            .isInt())
                    .isTrue();
        } finally {
            http.delete("/retention");
        }
    }

    @Test
    void everythingAboutADatabaseThatIsNotThereIsNotFound() {
        for (var answer : List.of(
                http.get(retention()),
                set("{}"),
                http.delete(retention()),
                http.post(retention() + "/preview", "{}"),
                http.post(retention() + "/prune", "{}"))) {
            assertProblem(answer, 404, "DATABASE_NOT_FOUND");
        }
    }

    @Test
    void previewTellsOfEachSnapshotWhatKeepsItOrWhyItGoes() throws Exception {
        var ids = snapshots(3);
        http.patch("/snapshots/" + ids.get(0), "{\"pinned\": true}");
        var preview = http.post(retention() + "/preview", "{\"last\": 1}").json();
        assertThat(preview.get("policy").get("last").asInt()).isEqualTo(1);
        assertThat(preview.get("snapshotsDeleted").asInt()).isEqualTo(1);
        assertThat(preview.get("kept").asInt()).isEqualTo(2);
        assertThat(preview.get("bytesFreed").asLong()).isPositive();
        assertThat(preview.get("snapshots"))
                .map(fate -> fate.get("id").asString() + fate.get("kept") + fate.get("rules") + fate.get("reason"))
                .containsExactly(
                        ids.get(2) + "true[\"LAST_GOOD\",\"LAST\"]null",
                        ids.get(1) + "false[]\"NO_RULE\"",
                        ids.get(0) + "true[\"PINNED\"]null");
        assertThat(http.get(retention()).json().get("source").asString())
                .as("it was only tried")
                .isEqualTo("NONE");

        set("{\"last\": 2}");
        var inForce = http.post(retention() + "/preview", "").json();
        assertThat(inForce.get("policy").get("last").asInt()).isEqualTo(2);
        assertThat(inForce.get("snapshotsDeleted").asInt()).isZero();
    }

    @Test
    void pruneDeletesWhatADryRunHasTold() throws Exception {
        var ids = snapshots(3);
        set("{\"last\": 1}");
        var dry = result(http.post(retention() + "/prune", "{\"dryRun\": true}"));
        assertThat(dry.get("dryRun").asBoolean()).isTrue();
        assertThat(dry.get("snapshotsDeleted").asInt()).isEqualTo(2);
        assertThat(dry.get("kept").asInt()).isEqualTo(1);
        assertThat(http.get("/snapshots/" + ids.get(0)).status()).isEqualTo(200);

        var done = result(http.post(retention() + "/prune", ""));

        assertThat(done.get("dryRun").asBoolean()).isFalse();
        for (var number : List.of("snapshotsDeleted", "kept", "bytesFreed", "bytesSwept")) {
            assertThat(done.get(number)).as(number).isEqualTo(dry.get(number));
        }
        assertThat(dry.get("bytesCompacted").asLong()).isZero();
        assertThat(done.get("bytesCompacted").isNumber()).isTrue();
        assertProblem(http.get("/snapshots/" + ids.get(0)), 404, "SNAPSHOT_NOT_FOUND");
        assertThat(http.get("/databases/" + name + "/snapshots").json().get("items"))
                .hasSize(1);
        assertThat(http.get("/snapshots/" + ids.get(2) + "/content").status()).isEqualTo(200);
    }

    @Test
    void pruneOfAllTakesTheSameKeyOnce() throws Exception {
        var ids = snapshots(2);
        http.patch("/snapshots/" + ids.get(0), "{\"expiresAt\": \"2020-01-01T00:00:00Z\"}");
        var first = http.post("/repository/prune", "{\"priority\": \"LOW\"}", "Idempotency-Key", name);
        assertThat(result(first).get("snapshotsDeleted").asInt()).isPositive();
        var again = http.post("/repository/prune", "{\"priority\": \"LOW\"}", "Idempotency-Key", name);
        assertThat(again.json().get("id")).isEqualTo(first.json().get("id"));
        assertProblem(http.get("/snapshots/" + ids.get(0)), 404, "SNAPSHOT_NOT_FOUND");
        assertThat(first.json().get("kind").asString()).isEqualTo("PRUNE");
        assertThat(first.json().get("databases")).isEmpty();
    }

    @Test
    void pruneWhenADownloadHasBegunLetsItGoOnToItsEnd() throws Exception {
        register(database(ROOT.resolve(name + ".db"), "WAL", 40_000));
        var old = snapshot();
        var expected = http.get("/snapshots/" + old + "/content").bytes();
        snapshot();
        set("{\"last\": 1}");
        var request = http.request("/snapshots/" + old + "/content").build();
        try (var client = HttpClient.newHttpClient()) {
            InputStream content =
                    client.send(request, BodyHandlers.ofInputStream()).body();
            var first = content.readNBytes(100_000);

            assertThat(result(http.post(retention() + "/prune", ""))
                            .get("snapshotsDeleted")
                            .asInt())
                    .isEqualTo(1);

            assertProblem(http.get("/snapshots/" + old), 404, "SNAPSHOT_NOT_FOUND");
            var all = new byte[expected.length];
            System.arraycopy(first, 0, all, 0, first.length);
            assertThat(content.readNBytes(all, first.length, all.length - first.length))
                    .isEqualTo(all.length - first.length);
            assertThat(content.read()).isEqualTo(-1);
            assertSameBytes(all, expected);
        }
    }

    /** Ids of so many snapshots of a new database, oldest first; each has pages of its own. */
    private List<String> snapshots(int count) throws Exception {
        var file = database(name);
        register(file);
        var ids = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            try (var connection = open(file);
                    var statement = connection.createStatement()) {
                statement.execute("UPDATE item SET note = randomblob(500) WHERE id % 50 = " + i);
            }
            ids.add(snapshot());
        }
        return ids;
    }

    private JsonNode result(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(202);
        var job = ended(answer.json());
        assertThat(job.get("state").asString()).as(job.toString()).isEqualTo("SUCCEEDED");
        return job.get("result");
    }
}
