package dev.afterimage.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.LogListener;
import dev.afterimage.api.ApiTest;
import dev.afterimage.api.Http;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** What is remembered of what was done through the API. */
class AuditApiTests extends ApiTest {

    @RegisterExtension
    final LogListener log = LogListener.of("afterimage.audit");

    @Test
    void aChangeIsRecordedWithWhoAndWhatAndHowItEnded() throws Exception {
        register(database(name));
        var answer = http.post("/databases/" + name + "/backups", "", "X-Request-Id", "of-" + name);
        ended(answer.json());

        var entry = entries("?database=" + name, 2).getFirst();

        assertThat(entry.get("operation").asString()).isEqualTo("createBackup");
        assertThat(entry.get("name").asString()).isEqualTo("admin");
        assertThat(entry.get("method").asString()).isEqualTo("POST");
        assertThat(entry.get("path").asString()).isEqualTo("/api/v1/databases/" + name + "/backups");
        assertThat(entry.get("databases").get(0).asString()).isEqualTo(name);
        assertThat(entry.get("made").asString()).isEqualTo(answer.header("Location"));
        assertThat(entry.get("address").asString()).isEqualTo("127.0.0.1");
        assertThat(entry.get("requestId").asString()).isEqualTo("of-" + name);
        assertThat(entry.get("status").asInt()).isEqualTo(202);
        assertThat(entry.get("code").isNull()).isTrue();
        assertThat(entry.get("times").asLong()).isEqualTo(1);
        assertThat(log.heard())
                .anySatisfy(line -> assertThat(line.getFormattedMessage())
                        .contains("createBackup", "202", "admin", "of-" + name, answer.header("Location")));
    }

    @Test
    void aGroupIsRecordedWithAllItsDatabases() throws Exception {
        register(database(name));
        var second = "second-" + name;
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(second, database(second)));
        ended(http.post("/backups", "{\"databases\": [\"%s\", \"%s\"]}".formatted(name, second))
                .json());

        assertThat(entries("?database=" + second, 2).getFirst().get("databases"))
                .hasSize(2);
    }

    @Test
    void whatWasRefusedIsRecorded() throws Exception {
        register(database(name));
        var reader = token("READ");
        reader.post("/databases/" + name + "/backups", "");
        reader.get("/tokens");
        http.post("/databases/" + name + "/backups", "{\"nonsense\": 1}");

        var entries = entries("?token=" + idOf(reader), 2);
        assertThat(entries)
                .extracting(entry -> entry.get("operation").asString())
                .containsExactly("listTokens", "createBackup");
        assertThat(entries).allSatisfy(entry -> {
            assertThat(entry.get("status").asInt()).isEqualTo(403);
            assertThat(entry.get("code").asString()).isEqualTo("SCOPE_NEEDED");
        });
        assertThat(entries("?database=" + name, 3).getFirst().get("code").asString())
                .isEqualTo("INVALID_REQUEST");
    }

    @Test
    void downloadsAreRecordedAndLooksAreNot() throws Exception {
        var snapshot = snapshotOfNewDatabase();
        var reader = token("READ");
        reader.get("/snapshots/" + snapshot);
        reader.get("/databases");
        reader.head("/snapshots/" + snapshot + "/content");
        reader.get("/snapshots/" + snapshot + "/content");
        reader.get("/snapshots/" + snapshot + "/schema");
        reader.get("/snapshots/" + snapshot + "/diff/" + snapshot);

        var entries = entries("?token=" + idOf(reader), 3);
        assertThat(entries)
                .extracting(entry -> entry.get("operation").asString())
                .containsExactly("compareSnapshots", "getSnapshotSchema", "downloadSnapshot");
        assertThat(entries)
                .allSatisfy(
                        entry -> assertThat(entry.get("databases").valueStream().map(JsonNode::asString))
                                .containsExactly(name));
    }

    @Test
    void strangersAreRecordedOncePerMinute() {
        for (int tries = 0; tries < 50; tries++) {
            http.as("ai_wrong").get("/databases");
        }
        var refused = http.get("/audit?limit=500")
                .json()
                .get("items")
                .valueStream()
                .filter(entry -> entry.get("token").isNull())
                .toList();
        assertThat(refused).isNotEmpty().hasSizeLessThan(30);
        assertThat(refused).allSatisfy(entry -> {
            assertThat(entry.get("code").asString()).isEqualTo("UNAUTHENTICATED");
            assertThat(entry.get("operation").isNull()).isTrue();
        });
    }

    @Test
    void whoLooksForWhatDoesNotExistForThemIsRecordedOncePerMinute() throws Exception {
        register(database(name));
        var limited = token("READ", "another-database");
        var id = idOf(limited);
        for (int tries = 0; tries < 20; tries++) {
            assertProblem(limited.get("/databases/" + name), 404, "DATABASE_NOT_FOUND");
        }
        token("READ").get("/databases/no-" + name);

        var entries = entries("?token=" + id, 1);
        assertThat(entries).hasSizeBetween(1, 3);
        var entry = entries.getLast();
        assertThat(entry.get("operation").asString()).isEqualTo("getDatabase");
        assertThat(entry.get("path").asString()).isEqualTo("/api/v1/databases/" + name);
        assertThat(entry.get("databases").get(0).asString()).isEqualTo(name);
        assertThat(entry.get("status").asInt()).isEqualTo(404);
        assertThat(entry.get("code").asString()).isEqualTo("DATABASE_NOT_FOUND");
        assertThat(http.get("/audit?database=no-" + name).json().get("items")).isEmpty();
    }

    @Test
    void whatAVisibleDatabaseDoesNotHaveIsNoSearch() throws Exception {
        register(database(name));
        var limited = token("READ", name);
        assertProblem(limited.get("/databases/" + name + "/drill"), 404, "SCHEDULE_NOT_FOUND");
        assertThat(http.get("/audit?token=" + idOf(limited)).json().get("items"))
                .isEmpty();
    }

    @Test
    void entriesCannotBeChanged() {
        for (var method : List.of("DELETE", "PUT", "POST", "PATCH")) {
            assertProblem(http.send(method, "/audit", "{}"), 405, "METHOD_NOT_ALLOWED");
        }
    }

    @Test
    void listComesInParts() throws Exception {
        register(database(name));
        http.delete("/databases/" + name);
        var first = entries("?limit=1&database=" + name, 1).getFirst();
        var page = http.get("/audit?limit=1&database=" + name).json();
        assertThat(first.get("operation").asString()).isEqualTo("removeDatabase");
        var rest = http.get("/audit?limit=1&database=" + name + "&cursor="
                + page.get("nextCursor").asString());
        assertThat(rest.json().get("items").get(0).get("operation").asString()).isEqualTo("registerDatabase");
        assertThat(rest.json().get("nextCursor").isNull()).isTrue();
    }

    private String idOf(Http client) {
        return http.get("/tokens").json().get("items").get(0).get("id").asString();
    }

    /** So many at least, newest first, all of which have ended: how a request ended is noted after it was answered. */
    private List<JsonNode> entries(String query, int least) {
        return await().until(
                        () -> http.get("/audit" + query)
                                .json()
                                .get("items")
                                .valueStream()
                                .toList(),
                        entries -> entries.size() >= least
                                && entries.stream()
                                        .noneMatch(entry -> entry.get("status").isNull()));
    }
}
