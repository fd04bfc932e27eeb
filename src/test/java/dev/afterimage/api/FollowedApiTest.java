package dev.afterimage.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Base of tests of moments: a database that is followed and has a snapshot, and whose application commits. */
public abstract class FollowedApiTest extends ApiTest {

    /** What the application's database was after one of its commits. */
    public record Then(long commit, Instant at, byte[] file) {}

    protected Path file;
    protected Connection application;

    @BeforeEach
    void follow() throws SQLException {
        file = database(ROOT.resolve(name + ".db"), "WAL", 200);
        register(file);
        application = open(file);
        follow(name);
        snapshot();
        awaitNoJob(); // the service may have begun the first snapshot by itself
    }

    protected void awaitNoJob() {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> http.get("/jobs?database=" + name)
                        .json()
                        .get("items")
                        .valueStream()
                        .noneMatch(job -> job.get("finishedAt").isNull()));
    }

    @AfterEach
    void letGo() throws SQLException {
        http.delete("/databases/" + name + "/follow");
        application.close();
    }

    /** Has a registered database followed. */
    protected void follow(String database) {
        var path = "/databases/" + database + "/follow";
        var put = http.send("PUT", path, "{\"interval\": \"100ms\", \"besideSource\": true}");
        assertThat(put.status()).as(put.text()).isEqualTo(200);
        awaitState(database, "FOLLOWING");
    }

    protected void awaitState(String database, String state) {
        await().atMost(Duration.ofSeconds(30))
                .until(() -> http.get("/databases/" + database + "/follow")
                        .json()
                        .get("state")
                        .asString()
                        .equals(state));
    }

    /** Has the application change its database, and waits until that is stored. */
    protected Then commit(String sql) throws SQLException, IOException {
        return commit(application, name, file, sql);
    }

    /** The same of another one. */
    protected Then commit(Connection connection, String database, Path path, String sql)
            throws SQLException, IOException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
        var flushed = http.post("/databases/" + database + "/follow/flush", "");
        assertThat(flushed.status()).as(flushed.text()).isEqualTo(200);
        var at = Instant.parse(flushed.json().get("takenAt").asString());
        while (!Instant.now().isAfter(at.plusMillis(2))) {
            Thread.onSpinWait(); // the next one is of another time
        }
        return new Then(flushed.json().get("commit").asLong(), at, now(connection, path));
    }

    protected List<Then> commits(int count) throws SQLException, IOException {
        var all = new ArrayList<Then>();
        for (int i = 0; i < count; i++) {
            all.add(commit("UPDATE item SET note = randomblob(600) WHERE id %% 7 = %d".formatted(i)));
        }
        return all;
    }

    /** The database as its application sees it, in one file. */
    protected static byte[] now(Connection connection, Path path) throws SQLException, IOException {
        await("no checkpoint gets through").atMost(Duration.ofSeconds(30)).until(() -> isWrittenBack(connection));
        return Files.readAllBytes(path);
    }

    /** Not where it meets a checkpoint of ours. */
    private static boolean isWrittenBack(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var row = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
            return row.getInt(1) == 0;
        }
    }
}
