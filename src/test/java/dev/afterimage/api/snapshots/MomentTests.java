package dev.afterimage.api.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.FollowedApiTest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Moments of followed databases, in the place of snapshots. */
class MomentTests extends FollowedApiTest {

    private String moment(Object when) {
        return "/snapshots/" + name + "@" + when;
    }

    @Test
    void downloadOfAMomentIsTheFileAsItWasThen() throws Exception {
        for (var then : commits(5).reversed()) {
            assertSameBytes(http.get(moment(then.commit()) + "/content").bytes(), then.file());
            assertSameBytes(http.get(moment(then.at()) + "/content").bytes(), then.file());
            var inTokyo = then.at().atOffset(ZoneOffset.ofHours(9));
            assertSameBytes(http.get(moment(inTokyo) + "/content").bytes(), then.file());
        }
    }

    @Test
    void partsAndHeadersOfAMomentAreThoseOfItsSnapshot() throws Exception {
        var then = commits(2).getFirst();
        var part = http.get(moment(then.commit()) + "/content", "Range", "bytes=100-199");
        assertThat(part.status()).isEqualTo(206);
        assertSameBytes(part.bytes(), Arrays.copyOfRange(then.file(), 100, 200));
        var head = http.head(moment(then.at()) + "/content");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length")).isEqualTo(String.valueOf(then.file().length));
        assertThat(http.get(moment(then.at()) + "/content", "If-None-Match", head.header("ETag"))
                        .status())
                .isEqualTo(304);
    }

    @Test
    void showTellsWhichCommitLeftTheState() throws Exception {
        var then = commits(2).getFirst();
        var snapshot = http.get(moment(then.at())).json();
        assertThat(snapshot.get("database").asString()).isEqualTo(name);
        assertThat(snapshot.get("methodUsed").asString()).isEqualTo("LOG");
        assertThat(snapshot.get("log").get("commit").asLong()).isEqualTo(then.commit());
        assertThat(snapshot.get("log").get("at").asString()).isEqualTo(then.at().toString());
        var again = http.get(moment(then.commit())).json();
        assertThat(again).isEqualTo(snapshot);
        var byId = http.get("/snapshots/" + snapshot.get("id").asString()).json();
        assertThat(byId).isEqualTo(snapshot);
    }

    @Test
    void schemaDumpAndDifferenceAreOfTheMoment() throws Exception {
        var before = commit("DELETE FROM item WHERE id > 150");
        var dropped = commit("DROP TABLE item");
        assertThat(http.get(moment(before.commit()) + "/schema").text()).contains("\"item\"", "150");
        assertThat(http.get(moment(dropped.commit()) + "/schema").text()).doesNotContain("\"item\"");
        assertThat(http.get(moment(before.at()) + "/content?format=sql").text()).contains("CREATE TABLE item");
        var difference = http.get("%s/diff/%s@%d".formatted(moment(before.commit()), name, dropped.commit()));
        assertThat(difference.status()).as(difference.text()).isEqualTo(200);
        assertThat(difference.text()).contains("item_by_name");
        var check = http.post(moment(before.commit()) + "/checks", "{}");
        assertThat(ended(check.json()).get("state").asString()).isEqualTo("SUCCEEDED");
        assertThat(http.get(moment(before.commit()) + "/checks").json().get("items"))
                .hasSize(1);
    }

    @Test
    void findAnswersTheCommitThatWasReachedAndWhenTheNextOneWas() throws Exception {
        var all = commits(3);
        var path = "/databases/" + name + "/moments";
        var between = all.get(0).at().plusMillis(1);
        var found = http.post(path, "{\"at\": \"%s\"}".formatted(between)).json();
        assertThat(found.get("commit").asLong()).isEqualTo(all.get(0).commit());
        assertThat(found.get("at").asString()).isEqualTo(all.get(0).at().toString());
        assertThat(found.get("nextAt").asString()).isEqualTo(all.get(1).at().toString());
        var content = "/snapshots/" + found.get("snapshot").get("id").asString() + "/content";
        assertSameBytes(http.get(content).bytes(), all.get(0).file());
        var last = http.post(path, "{\"commit\": %d}".formatted(all.get(2).commit()));
        assertThat(last.json().get("nextAt").isNull()).isTrue();
    }

    @Test
    void findWhenNotJustOneIsGivenNamesTheField() {
        var path = "/databases/" + name + "/moments";
        assertInvalid(http.post(path, "{}"), "at");
        assertInvalid(http.post(path, "{\"at\": \"2026-01-31T12:00:00Z\", \"commit\": 1}"), "commit");
        assertInvalid(http.post(path, "{\"at\": \"2026-01-31T12:00:00\"}"), "at");
        assertInvalid(http.post(path, "{\"commit\": -1}"), "commit");
    }

    @Test
    void momentWithoutAnOffsetIsRefused() {
        assertInvalid(http.get(moment("2026-01-31T12:00:00")), "id");
        assertInvalid(http.get(moment("yesterday")), "id");
        assertInvalid(http.get(moment("-1")), "id");
        assertInvalid(http.get(moment("1") + "/diff/" + name + "@T"), "other");
    }

    @Test
    void momentThatIsNotReachedIsRefusedWithTheNearestOnes() throws Exception {
        var last = commits(2).getLast();
        var tooNew = http.get(moment(last.commit() + 100));
        assertProblem(tooNew, 422, "MOMENT_NOT_REACHABLE");
        var future = http.get(moment(Instant.now().plusSeconds(60)) + "/content");
        assertProblem(future, 422, "MOMENT_NOT_REACHABLE");
        assertThat(future.json().get("before").get("commit").asLong()).isEqualTo(last.commit());
        assertProblem(http.get(moment("2020-01-31T12:00:00Z")), 422, "MOMENT_NOT_REACHABLE");
    }

    @Test
    void momentInAGapIsRefusedWithTheNearestOnes() throws Exception {
        var before = commits(1).getLast();
        http.post("/databases/" + name + "/follow/pause", "");
        try (var statement = application.createStatement()) {
            statement.execute("DELETE FROM item WHERE id = 1");
        }
        now(application, file); // nobody has seen it, and it is gone from the WAL
        try (var statement = application.createStatement()) {
            statement.execute("DELETE FROM item WHERE id = 2");
        }
        var within = Instant.now();
        while (!Instant.now().isAfter(within.plusMillis(2))) {
            Thread.onSpinWait();
        }
        http.post("/databases/" + name + "/follow/resume", "");
        awaitState(name, "FOLLOWING");
        backUp("{}");
        var refused = http.get(moment(within));
        assertProblem(refused, 422, "MOMENT_NOT_REACHABLE");
        assertThat(refused.json().get("before").get("commit").asLong()).isEqualTo(before.commit());
        assertThat(refused.json().get("after").get("commit").asLong()).isGreaterThan(0);
        assertSameBytes(http.get(moment(before.at()) + "/content").bytes(), before.file());
        var after = commits(1).getLast();
        assertSameBytes(http.get(moment(after.at()) + "/content").bytes(), after.file());
    }

    @Test
    void queryIsAnsweredByTheMoment() throws Exception {
        var before = commit("DELETE FROM item WHERE id > 150");
        var after = commit("DELETE FROM item WHERE id > 50");
        var count = "\"sql\": \"SELECT count(*) FROM item\"";
        assertThat(http.post(moment(before.commit()) + "/query", "{%s}".formatted(count))
                        .text())
                .contains("[[150]]");
        var ofDatabase = "/databases/" + name + "/query";
        assertThat(http.post(ofDatabase, "{%s, \"at\": \"%s\"}".formatted(count, before.at()))
                        .text())
                .contains("[[150]]");
        assertThat(http.post(ofDatabase, "{%s, \"commit\": %d}".formatted(count, after.commit()))
                        .text())
                .contains("[[50]]");
        assertInvalid(http.post(ofDatabase, "{%s, \"at\": \"2026-01-31T12:00:00\"}".formatted(count)), "at");
        assertInvalid(http.post(moment(before.commit()) + "/query", "{%s, \"commit\": 1}".formatted(count)), "commit");
    }

    @Test
    void momentOfAnUnknownDatabaseIsNotFound() {
        assertProblem(http.get("/snapshots/nobody@1"), 404, "DATABASE_NOT_FOUND");
        assertProblem(http.post("/databases/nobody/moments", "{\"commit\": 1}"), 404, "DATABASE_NOT_FOUND");
    }

    @Test
    void momentIsForThoseWhoMayReadItsDatabase() throws Exception {
        var then = commits(2).getFirst();
        var reader = token("READ", name);
        assertSameBytes(reader.get(moment(then.commit()) + "/content").bytes(), then.file());
        var found = reader.post("/databases/" + name + "/moments", "{\"commit\": %d}".formatted(then.commit()));
        assertThat(found.status()).isEqualTo(200);
        var id = found.json().get("snapshot").get("id").asString();
        var stranger = token("ADMIN", "other");
        for (var path : new String[] {"", "/content", "/schema", "/checks", "/diff/" + id}) {
            assertProblem(stranger.get(moment(then.commit()) + path), 404, "DATABASE_NOT_FOUND");
        }
        assertProblem(stranger.post("/databases/" + name + "/moments", "{\"commit\": 1}"), 404, "DATABASE_NOT_FOUND");
    }

    @Test
    void momentIsNotWhatIsDeletedOrChanged() {
        assertInvalid(http.delete(moment(1)), "id");
        assertInvalid(http.patch(moment(1), "{\"pinned\": true}"), "id");
    }
}
