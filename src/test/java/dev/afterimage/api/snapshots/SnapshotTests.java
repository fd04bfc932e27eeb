package dev.afterimage.api.snapshots;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.api.ApiTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Listing, changing and deleting snapshots. */
class SnapshotTests extends ApiTest {

    @Test
    void getAnswersWithWhatWasCaptured() throws Exception {
        var id = snapshotOfNewDatabase();
        var snapshot = http.get("/snapshots/" + id).json();
        assertThat(snapshot.get("id").asString()).isEqualTo(id);
        assertThat(snapshot.get("database").asString()).isEqualTo(name);
        assertThat(snapshot.get("state").asString()).isEqualTo("AVAILABLE");
        assertThat(snapshot.get("verification").asString()).isEqualTo("UNVERIFIED");
        assertThat(snapshot.get("method").asString()).isEqualTo("AUTO");
        assertThat(snapshot.get("methodUsed").asString()).isEqualTo("SCAN");
        assertThat(snapshot.get("methodReason").asString()).contains("SCAN");
        assertThat(snapshot.get("groupId").isNull()).isTrue();
        assertThat(snapshot.get("journalMode").asString()).isEqualTo("WAL");
        assertThat(snapshot.get("sizeBytes").asLong())
                .isEqualTo(snapshot.get("pageSize").asLong()
                        * snapshot.get("pageCount").asLong());
        assertThat(snapshot.get("newBytes").asLong()).isPositive();
        assertThat(snapshot.get("pinned").asBoolean()).isFalse();
        assertThat(snapshot.get("expiresAt").isNull()).isTrue();
        assertThat(snapshot.get("notes")).isEmpty();
    }

    @Test
    void listFiltersAndAnswersNewestFirstOverManyPages() throws Exception {
        register(database(name));
        var taken = new ArrayList<String>();
        for (int i = 0; i < 5; i++) {
            var job = backUp("{\"verify\": \"NONE\", \"labels\": {\"n\": \"%d\"}}".formatted(i));
            taken.addFirst(job.get("result").get("snapshotId").asString());
        }
        assertThat(ids("/databases/" + name + "/snapshots?limit=2")).isEqualTo(taken);
        assertThat(ids("/snapshots?limit=1&database=" + name)).isEqualTo(taken);
        assertThat(ids("/snapshots?label=n%3D3&limit=500&database=" + name)).containsExactly(taken.get(1));
        assertThat(ids("/snapshots?label=n&limit=500&database=" + name)).hasSize(5);
        assertThat(ids("/snapshots?label=m&limit=500&database=" + name)).isEmpty();
        assertThat(ids("/snapshots?verification=PASSED&limit=500&database=" + name))
                .isEmpty();
        var third =
                http.get("/snapshots/" + taken.get(2)).json().get("createdAt").asString();
        assertThat(ids("/snapshots?limit=500&database=%s&from=%s".formatted(name, third)))
                .isEqualTo(taken.subList(0, 3));
        assertThat(ids("/snapshots?limit=500&database=%s&to=%s".formatted(name, third)))
                .isEqualTo(taken.subList(3, 5));
    }

    /** Of all parts of a list. */
    private ArrayList<String> ids(String path) {
        var ids = new ArrayList<String>();
        var cursor = "";
        do {
            var part = http.get(path + cursor).json();
            part.get("items").forEach(item -> ids.add(item.get("id").asString()));
            var next = part.get("nextCursor");
            cursor = next.isNull() ? "" : "&cursor=" + next.asString();
        } while (!cursor.isEmpty());
        return ids;
    }

    @Test
    void changeReplacesWhatIsGivenAndNullTakesTheExpiryBack() throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase();
        var changed = http.patch(path, """
                {"labels": {"reason": "audit"}, "pinned": true, "expiresAt": "2030-01-01T00:00:00Z"}
                """).json();
        assertThat(changed.get("labels").get("reason").asString()).isEqualTo("audit");
        assertThat(changed.get("pinned").asBoolean()).isTrue();
        assertThat(changed.get("expiresAt").asString()).isEqualTo("2030-01-01T00:00:00Z");

        var unpinned = http.patch(path, "{\"pinned\": false}").json();
        assertThat(unpinned.get("pinned").asBoolean()).isFalse();
        assertThat(unpinned.get("labels").get("reason").asString()).isEqualTo("audit");
        assertThat(unpinned.get("expiresAt").asString()).isEqualTo("2030-01-01T00:00:00Z");

        assertThat(http.patch(path, "{\"expiresAt\": null}")
                        .json()
                        .get("expiresAt")
                        .isNull())
                .isTrue();
    }

    @Test
    void changeWhenOneFieldIsInvalidChangesNothing() throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase();
        var before = http.get(path).json();
        assertInvalid(http.patch(path, "{\"labels\": {\"a\": \"b\"}, \"pinned\": \"yes\"}"), "pinned");
        for (var time : List.of(
                "\"tomorrow\"",
                "5",
                "5.5",
                "[]",
                "\"5\"",
                "\"+1000000000-12-31T23:59:59Z\"",
                "\"1969-12-31T23:59:59Z\"")) {
            var change = "{\"labels\": {\"a\": \"b\"}, \"pinned\": true, \"expiresAt\": %s}".formatted(time);
            assertInvalid(http.patch(path, change), "expiresAt");
        }
        assertThat(http.get(path).json()).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource({
        "1970-01-01T00:00:00Z, 1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999Z, 9999-12-31T23:59:59.999Z",
        "2030-01-01T01:30:00+01:30, 2030-01-01T00:00:00Z",
        "2030-01-01t00:00:00z, 2030-01-01T00:00:00Z",
    })
    void changeTakesTimesOfRfc3339AndAnswersInUtc(String written, String read) throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase();
        var changed = http.patch(path, "{\"expiresAt\": \"%s\"}".formatted(written));
        assertThat(changed.status()).as(changed.text()).isEqualTo(200);
        assertThat(changed.json().get("expiresAt").asString()).isEqualTo(read);
    }

    @Test
    void deleteRemovesTheSnapshotAndItsContent() throws Exception {
        var older = snapshotOfNewDatabase();
        snapshot();
        assertThat(http.delete("/snapshots/" + older).status()).isEqualTo(204);
        assertProblem(http.get("/snapshots/" + older), 404, "SNAPSHOT_NOT_FOUND");
        assertProblem(http.get("/snapshots/" + older + "/content"), 404, "SNAPSHOT_NOT_FOUND");
        assertProblem(http.delete("/snapshots/" + older), 404, "SNAPSHOT_NOT_FOUND");
    }

    @Test
    void deleteWhenSnapshotIsPinnedIsRefusedEvenByForce() throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase();
        http.patch(path, "{\"pinned\": true}");
        assertProblem(http.delete(path), 409, "SNAPSHOT_PINNED");
        assertProblem(http.delete(path + "?force=true"), 409, "SNAPSHOT_PINNED");
    }

    @Test
    void deleteWhenItIsTheLastGoodOneNeedsForce() throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase();
        assertProblem(http.delete(path), 409, "LAST_GOOD_SNAPSHOT");
        assertThat(http.get(path).status()).isEqualTo(200);
        assertThat(http.delete(path + "?force=true").status()).isEqualTo(204);
    }

    @Test
    void checkRecordsWhatItFound() throws Exception {
        var path = "/snapshots/" + snapshotOfNewDatabase();
        var job = ended(http.post(path + "/checks", "{\"level\": \"FULL\", \"deadline\": \"1m\"}")
                .json());
        assertThat(job.get("kind").asString()).isEqualTo("CHECK");
        assertThat(job.get("state").asString()).isEqualTo("SUCCEEDED");
        var check = http.get(path + "/checks").json().get("items").get(0);
        assertThat(check.get("id").asString())
                .isEqualTo(job.get("result").get("checkId").asString());
        assertThat(check.get("level").asString()).isEqualTo("FULL");
        assertThat(check.get("passed").asBoolean()).isTrue();
        assertThat(check.get("messages")).isEmpty();
        assertThat(http.get(path).json().get("verification").asString()).isEqualTo("PASSED");
    }
}
