package dev.afterimage.api.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FollowTests extends ApiTest {

    private static final String BESIDE = """
            {"interval": "100ms", "besideSource": true}""";

    private Path file;
    private String follow;

    @BeforeEach
    void register() throws Exception {
        file = database(ROOT.resolve(name + ".db"), "WAL", 10);
        http.post("/databases", "{\"name\": \"%s\", \"path\": \"%s\"}".formatted(name, file));
        follow = "/databases/" + name + "/follow";
    }

    @AfterEach
    void letGo() throws Exception {
        http.delete(follow);
    }

    private void awaitState(String state) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> http.get(follow).json().get("state").asString().equals(state));
    }

    @Test
    void putFollowsEveryCommit() throws Exception {
        var put = http.send("PUT", follow, BESIDE);
        assertThat(put.status()).isEqualTo(200);
        awaitState("FOLLOWING");
        SampleDatabases.create(file, "CREATE TABLE more (a)", "INSERT INTO more VALUES (1)");
        var flushed = http.post(follow + "/flush", "");
        assertThat(flushed.status()).isEqualTo(200);
        assertThat(flushed.json().get("commit").asLong()).isEqualTo(2);
        var position = http.get(follow).json().get("position");
        assertThat(position.get("commit").asLong()).isEqualTo(2);
        assertThat(position.get("storedCommit").asLong()).isEqualTo(2);
    }

    @Test
    void flushWhenFollowingHasJustBegunWaitsForTheSnapshotFromWhichTheLogIsReplayed() throws Exception {
        http.send("PUT", follow, BESIDE);
        awaitState("FOLLOWING");

        var flushed = http.post(follow + "/flush", "");

        assertThat(flushed.status()).isEqualTo(200);
        var moment = "{\"commit\": %s}".formatted(flushed.json().get("commit"));
        assertThat(http.post(follow.replace("/follow", "/moments"), moment).status())
                .isEqualTo(200);
    }

    @Test
    void putWhenWhatWaitsWouldLieBesideTheDatabaseWantsToBeTold() throws Exception {
        var refused = http.send("PUT", follow, "{}");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().get("code").asString()).isEqualTo("NOT_FOLLOWABLE");
        assertThat(refused.json().get("hint").asString()).contains("besideSource", "afterimage.follow.spool");
        assertThat(http.get(follow).status()).isEqualTo(404);
    }

    @Test
    void putWithALimitOfTheWalKeepsItAndRefusesOneThatIsAlwaysPassed() throws Exception {
        var kept = http.send("PUT", follow, """
                {"interval": "100ms", "besideSource": true, "walLimitBytes": 67108864}""");
        assertThat(kept.status()).as(kept.text()).isEqualTo(200);
        var told = http.get(follow).json();
        assertThat(told.get("walLimitBytes").asLong()).isEqualTo(67108864);
        assertThat(told.get("longestWriteLockMillis").asLong()).isZero();
        var refused = http.send("PUT", follow, """
                {"interval": "100ms", "besideSource": true, "walLimitBytes": 4096}""");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.text()).contains("walLimitBytes");
        http.send("PUT", follow, BESIDE);
        assertThat(http.get(follow).json().get("walLimitBytes").isNull()).isTrue();
    }

    @Test
    void putWhenItIsInRollbackModeSaysSo() throws Exception {
        SampleDatabases.create(file, "PRAGMA journal_mode = DELETE");
        var refused = http.send("PUT", follow, BESIDE);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().get("detail").asString()).contains("not in WAL mode");
    }

    @Test
    void pauseLetsTheApplicationHaveTheDatabaseToItselfUntilItIsResumed() throws Exception {
        http.send("PUT", follow, BESIDE);
        awaitState("FOLLOWING");
        assertThat(http.post(follow + "/pause", "").json().get("state").asString())
                .isEqualTo("PAUSED");
        SampleDatabases.create(file, "PRAGMA journal_mode = DELETE");
        assertThat(http.post(follow + "/resume", "").json().get("code").asString())
                .isEqualTo("NOT_FOLLOWABLE");
        SampleDatabases.create(file, "PRAGMA journal_mode = WAL");
        http.post(follow + "/resume", "");
        awaitState("FOLLOWING");
    }

    @Test
    void flushWhenItIsPausedSaysThatItIsBehind() throws Exception {
        http.send("PUT", follow, BESIDE);
        http.post(follow + "/pause", "");
        var behind = http.post(follow + "/flush?wait=1s", "");
        assertThat(behind.status()).isEqualTo(503);
        assertThat(behind.json().get("detail").asString()).contains("paused");
    }

    @Test
    void deleteEndsIt() throws Exception {
        http.send("PUT", follow, BESIDE);
        awaitState("FOLLOWING");
        assertThat(http.delete(follow).status()).isEqualTo(204);
        assertThat(http.get(follow).json().get("code").asString()).isEqualTo("FOLLOW_NOT_FOUND");
        SampleDatabases.create(file, "PRAGMA journal_mode = DELETE");
    }

    @Test
    void timelineShowsWhatWasCommittedAndWhereAGapIs() throws Exception {
        http.send("PUT", follow, BESIDE);
        awaitState("FOLLOWING");
        ended(http.post("/databases/" + name + "/backups", "{\"method\": \"SCAN\"}")
                .json());
        SampleDatabases.create(file, "INSERT INTO item (name) VALUES ('one')", "DROP TABLE item");
        http.post(follow + "/flush", "");
        http.post(follow + "/pause", "");
        SampleDatabases.create(
                file, "CREATE TABLE other (a)", "PRAGMA wal_checkpoint(TRUNCATE)", "INSERT INTO other VALUES (1)");
        http.post(follow + "/resume", "");
        awaitState("FOLLOWING");
        ended(http.post("/databases/" + name + "/backups", "{\"method\": \"SCAN\"}")
                .json());

        var line = http.get("/databases/" + name + "/timeline").json();
        assertThat(line.get("activity")
                        .valueStream()
                        .mapToLong(piece -> piece.get("commits").asLong())
                        .sum())
                .isEqualTo(2);
        assertThat(line.get("schemaChanges")
                        .valueStream()
                        .map(edge -> edge.get("commit").asLong()))
                .containsExactly(2L);
        assertThat(line.get("reachable")
                        .valueStream()
                        .map(part -> part.get("last").get("commit").asLong()))
                .containsExactly(2L, 3L);
        var gap = line.get("gaps").get(0);
        assertThat(gap.get("how").asString()).isEqualTo("GAP");
        assertThat(gap.get("before").get("commit").asLong()).isEqualTo(2);
        assertThat(gap.get("after").get("commit").asLong()).isEqualTo(3);
        assertThat(line.get("snapshots").size()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void timelineWhenThePiecesAreTooFineSaysSo() {
        assertInvalid(http.get("/databases/" + name + "/timeline?resolution=100ms"), "resolution");
        assertInvalid(
                http.get("/databases/" + name + "/timeline?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z"), "from");
        assertInvalid(http.get("/databases/" + name + "/timeline?from=2026-01-02T00:00:00"), "from");
    }

    @Test
    void putWhenLitestreamReplicatesItSaysSo() throws Exception {
        var directory = Files.createDirectory(ROOT.resolve("." + name + ".db-litestream"));
        requireRefused("." + name + ".db-litestream");
        Files.delete(directory);
        SampleDatabases.create(file, "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)");
        requireRefused("_litestream_seq");
        SampleDatabases.create(file, "DROP TABLE _litestream_seq");
        assertThat(http.send("PUT", follow, BESIDE).status()).isEqualTo(200);
    }

    private void requireRefused(String trace) throws Exception {
        var refused = http.send("PUT", follow, BESIDE);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().get("code").asString()).isEqualTo("NOT_FOLLOWABLE");
        assertThat(refused.json().get("detail").asString()).contains("Litestream", trace);
    }

    @Test
    void getWhenLitestreamHasBegunToReplicateItSaysSo() throws Exception {
        http.send("PUT", follow, BESIDE);
        awaitState("FOLLOWING");
        assertThat(http.get(follow).json().hasNonNull("litestream")).isFalse();
        SampleDatabases.create(file, "CREATE TABLE _litestream_lock (id INTEGER)");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> http.get(follow).json().hasNonNull("litestream"));
        assertThat(http.get(follow).json().get("litestream").asString()).contains("_litestream_lock");
        assertThat(http.get(follow).json().get("state").asString()).isEqualTo("FOLLOWING");
    }
}
