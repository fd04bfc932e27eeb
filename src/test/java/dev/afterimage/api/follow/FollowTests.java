package dev.afterimage.api.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.api.ApiTest;
import dev.afterimage.sqlite.SampleDatabases;
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
    void putWhenWhatWaitsWouldLieBesideTheDatabaseWantsToBeTold() throws Exception {
        var refused = http.send("PUT", follow, "{}");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().get("code").asString()).isEqualTo("NOT_FOLLOWABLE");
        assertThat(refused.json().get("detail").asString()).contains("besideSource");
        assertThat(http.get(follow).status()).isEqualTo(404);
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
}
