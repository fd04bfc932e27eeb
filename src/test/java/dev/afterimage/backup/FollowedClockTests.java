package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.follow.FollowPolicy;
import dev.afterimage.follow.Followers;
import dev.afterimage.follow.Moments;
import dev.afterimage.follow.Reached;
import dev.afterimage.follow.TestFollowing;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine whose time of day is set back while a database is followed. */
class FollowedClockTests {

    private static final FollowPolicy POLICY =
            new FollowPolicy(Duration.ofMillis(100), Duration.ofDays(7), Duration.ofHours(1), true, null);

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private TestBackups backups;
    private TestFollowing following;
    private Followers followers;
    private Moments moments;
    private Database database;
    private Connection application;

    @BeforeEach
    void follow() throws SQLException {
        backups = new TestBackups(dir, clock);
        following = backups.following;
        followers = following.followers;
        moments = following.moments;
        database =
                backups.database("orders", "PRAGMA journal_mode = WAL", "CREATE TABLE orders (id INTEGER PRIMARY KEY)");
        application = DriverManager.getConnection("jdbc:sqlite:" + database.path());
        followers.start();
        followers.follow(database, POLICY);
        following.awaitFollowing(database);
        backups.run(database);
    }

    @AfterEach
    void close() throws SQLException {
        followers.stop();
        application.close();
        backups.close();
    }

    private void run(String sql) throws SQLException {
        try (var statement = application.createStatement()) {
            statement.execute(sql);
        }
    }

    private Reached commit(int order) throws SQLException {
        run("INSERT INTO orders VALUES (%d)".formatted(order));
        return followers.flush(database, Duration.ofSeconds(10));
    }

    private void missSomething() throws SQLException {
        followers.pause(database);
        run("INSERT INTO orders VALUES (77)");
        run("PRAGMA wal_checkpoint(TRUNCATE)");
        run("INSERT INTO orders VALUES (78)");
        followers.resume(database);
        following.awaitFollowing(database);
    }

    @Test
    void whatIsCommittedIsStoredAfterTheIntervalAllTheSame() throws Exception {
        commit(1);
        clock.advance(Duration.ofHours(-1));

        run("INSERT INTO orders VALUES (2)");

        await().atMost(Duration.ofSeconds(20))
                .until(() -> followers.standing(database).storedCommit() == 2);
    }

    @Test
    void timesOfCommitsNeverGoBackAndFindThem() throws Exception {
        var first = commit(1);
        clock.advance(Duration.ofMinutes(10));
        var second = commit(2);
        clock.advance(Duration.ofMinutes(-15));
        var third = commit(3);

        assertThat(third.takenAt()).isEqualTo(second.takenAt());
        assertThat(moments.at(database, first.takenAt()).commit()).isEqualTo(first.commit());
        assertThat(moments.at(database, second.takenAt()).commit()).isEqualTo(third.commit());
        clock.advance(Duration.ofMinutes(30));
        var fourth = commit(4);
        assertThat(moments.at(database, fourth.takenAt().minusMillis(1)).commit())
                .isEqualTo(third.commit());
    }

    /** Else the times of the chain before would be taken for its own. */
    @Test
    void aChainThatIsBegunThenBeginsAfterTheOneBefore() throws Exception {
        var first = commit(1);
        clock.advance(Duration.ofMinutes(10));
        var second = commit(2);
        clock.advance(Duration.ofMinutes(-15));

        missSomething();

        assertThat(following.chains.all(database.id()).getLast().begunAt()).isEqualTo(second.takenAt());
        assertThat(moments.at(database, first.takenAt()).commit()).isEqualTo(first.commit());
    }

    /** Who dies between the first file of a chain and its row adds the row later. */
    @Test
    void aChainWhoseRowIsAddedLaterBeginsNoEarlierThanItWas() throws Exception {
        commit(1);
        clock.advance(Duration.ofMinutes(10));
        missSomething();
        var begunAt = clock.instant();
        followers.stop();
        backups.catalog
                .catalog
                .update("DELETE FROM log_chain WHERE continuity = 'GAP'")
                .update();
        assertThat(following.chains.all(database.id())).hasSize(1);

        followers.start();
        following.awaitFollowing(database);

        assertThat(following.chains.all(database.id()).getLast().begunAt()).isAfterOrEqualTo(begunAt);
    }
}
