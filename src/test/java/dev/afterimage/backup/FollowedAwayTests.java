package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.follow.FollowPolicy;
import dev.afterimage.follow.Followers;
import dev.afterimage.follow.TestFollowing;
import dev.afterimage.sqlite.SampleDatabases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A repository that is away for a while, and what is taken meanwhile. */
class FollowedAwayTests {

    private static final FollowPolicy POLICY =
            new FollowPolicy(Duration.ofMillis(100), Duration.ofDays(7), Duration.ofHours(1), true, null);

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path dir;

    private TestBackups backups;
    private TestFollowing following;
    private Followers followers;
    private Database database;
    private Connection application;

    @BeforeEach
    void follow() throws SQLException {
        backups = new TestBackups(dir, Clock.systemUTC());
        following = backups.following;
        followers = following.followers;
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

    private void commit(int order) throws SQLException {
        SampleDatabases.execute(application, "INSERT INTO orders VALUES (%d)".formatted(order));
    }

    private long taken() {
        return followers.takeNow(database.id()).orElseThrow().commit();
    }

    private Path repository() {
        return backups.catalog.node.repositoryDirectory().orElseThrow();
    }

    private void goAway() throws Exception {
        Files.move(repository(), repository().resolveSibling("away"));
    }

    private void comeBack() throws Exception {
        Files.move(repository().resolveSibling("away"), repository());
    }

    /** The orders in the state that a commit has left. */
    private List<Integer> orders(long commit) throws Exception {
        var file = Files.createTempFile(dir, "state", ".db");
        Files.write(file, backups.content(backups.logs.of(database, following.moments.commit(database, commit))));
        var orders = new ArrayList<Integer>();
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var query = connection.createStatement();
                var rows = query.executeQuery("SELECT id FROM orders ORDER BY id")) {
            while (rows.next()) {
                orders.add(rows.getInt(1));
            }
        }
        return orders;
    }

    @Test
    void whatIsCommittedWhileItIsAwayWaitsAndIsStoredThen() throws Exception {
        goAway();
        commit(1);
        await().atMost(PATIENCE).until(() -> followers.standing(database).storeProblem() != null);
        commit(2);
        long last = taken();
        var behind = followers.standing(database);
        assertThat(behind.lagBytes()).isPositive();
        assertThat(behind.lag()).isPositive();
        assertThat(behind.storedCommit()).isLessThan(last);

        comeBack();

        assertThat(followers.flush(database, PATIENCE).commit()).isEqualTo(last);
        var stored = followers.standing(database);
        assertThat(stored.storeProblem()).isNull();
        assertThat(stored.lagBytes()).isZero();
        assertThat(stored.storedCommit()).isEqualTo(last);
        assertThat(orders(last - 1)).containsExactly(1);
        assertThat(orders(last)).containsExactly(1, 2);
    }

    @Test
    void whatWaitsWhenItIsPausedAndResumedIsStoredWithWhatComesThen() throws Exception {
        goAway();
        commit(1);
        taken();
        followers.pause(database);
        followers.resume(database);
        following.awaitFollowing(database);
        commit(2);
        long last = taken();
        await().atMost(PATIENCE).until(() -> followers.standing(database).storeProblem() != null);

        comeBack();

        assertThat(followers.flush(database, PATIENCE).commit()).isEqualTo(last);
        assertThat(orders(last - 1)).containsExactly(1);
        assertThat(orders(last)).containsExactly(1, 2);
        assertThat(followers.standing(database).lagBytes()).isZero();
    }

    /** Begun anew while what was taken before still waits. */
    @Test
    void whatWaitsWhenItIsNotFollowedAndThenAgainIsStoredWithWhatComesThen() throws Exception {
        goAway();
        commit(1);
        long first = taken();
        followers.unfollow(database);
        followers.follow(database, POLICY);
        following.awaitFollowing(database);
        commit(2);
        commit(3);
        long third = taken();
        await().atMost(PATIENCE).until(() -> followers.standing(database).storeProblem() != null);

        comeBack();
        followers.flush(database, PATIENCE);
        assertThat(orders(third)).containsExactly(1, 2, 3);
        commit(4);
        long last = followers.flush(database, PATIENCE).commit();

        assertThat(orders(first)).containsExactly(1);
        assertThat(orders(last)).containsExactly(1, 2, 3, 4);
    }

    @Test
    void whatWaitsWhenTheServiceStopsIsStoredByTheNextOne() throws Exception {
        goAway();
        commit(1);
        commit(2);
        long last = taken();
        followers.stop();
        SampleDatabases.execute(application, "PRAGMA wal_checkpoint(TRUNCATE)");
        commit(3);

        comeBack();
        followers.start();
        following.awaitFollowing(database);
        followers.flush(database, PATIENCE);

        assertThat(orders(last)).containsExactly(1, 2);
        assertThat(following.chains.all(database.id())).hasSize(2);
    }
}
