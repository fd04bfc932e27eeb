package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.follow.FollowPolicy;
import dev.afterimage.follow.FollowState;
import dev.afterimage.follow.MomentNotReachableException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups of a followed database, and its states between them. */
class FollowedBackupTests {

    private static final FollowPolicy POLICY =
            new FollowPolicy(Duration.ofMillis(100), Duration.ofDays(7), Duration.ofHours(1), true, null);

    @TempDir
    Path dir;

    private final Clock clock = Clock.systemUTC();
    private TestBackups backups;
    private Database database;
    private Connection application;

    @BeforeEach
    void follow() throws SQLException {
        backups = new TestBackups(dir, clock);
        database = backups.database(
                "orders", "PRAGMA journal_mode = WAL", "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT)");
        application = DriverManager.getConnection("jdbc:sqlite:" + database.path());
        backups.following.followers.start();
        backups.following.followers.follow(database, POLICY);
        backups.following.awaitFollowing(database);
    }

    @AfterEach
    void close() throws SQLException {
        backups.following.followers.stop();
        application.close();
        backups.close();
    }

    private void commit(int order) throws SQLException {
        try (var statement = application.createStatement()) {
            statement.execute("INSERT INTO orders VALUES (%d, hex(randomblob(2000)))".formatted(order));
        }
    }

    /** The database as its application sees it now, in one file. */
    private byte[] now() throws Exception {
        var copy = Files.createTempDirectory(dir, "now").resolve("now.db");
        try (var statement = application.createStatement()) {
            try (var row = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
                row.next();
                assertThat(row.getInt(1)).as("busy").isZero();
            }
        }
        Files.copy(database.path(), copy);
        return Files.readAllBytes(copy);
    }

    private Snapshot snapshot(long commit) {
        return backups.logs.of(database, backups.following.moments.commit(database, commit));
    }

    @Test
    void anyCommitSinceTheFirstBackupCanBeHadAgain() throws Exception {
        commit(0);
        var first = backups.run(database);
        assertThat(first.capture().methodUsed()).isEqualTo("SCAN");
        long before =
                backups.following.followers.takeNow(database.id()).orElseThrow().commit();
        var states = new ArrayList<byte[]>();
        for (int order = 1; order <= 20; order++) {
            commit(order);
            states.add(now());
        }
        for (int i = 0; i < states.size(); i++) {
            var snapshot = snapshot(before + 1 + i);
            assertThat(snapshot.capture().methodUsed()).isEqualTo("LOG");
            assertThat(backups.content(snapshot)).as("commit %d", i).isEqualTo(states.get(i));
        }
        assertThat(snapshot(before + 7)).isEqualTo(snapshot(before + 7));
    }

    @Test
    void aBackupIsMadeOfTheLogWithoutReadingTheDatabase() throws Exception {
        backups.run(database);
        commit(1);
        var second = backups.run(database);
        assertThat(second.capture().methodUsed()).isEqualTo("LOG");
        assertThat(backups.content(second)).isEqualTo(now());
        var third = backups.run(database);
        assertThat(third.capture().methodUsed()).isEqualTo("LOG");
        assertThat(backups.content(third)).isEqualTo(now());
    }

    @Test
    void aTimeIsTheStateOfTheLastCommitBeforeIt() throws Exception {
        backups.run(database);
        commit(1);
        var reached = backups.following.followers.flush(database, Duration.ofSeconds(10));
        var state = now();
        var then = reached.takenAt();
        while (!Instant.now().isAfter(then.plusMillis(2))) {
            Thread.onSpinWait();
        }
        commit(2);
        var moment = backups.following.moments.at(database, then);
        assertThat(moment.commit()).isEqualTo(reached.commit());
        assertThat(backups.content(backups.logs.of(database, moment))).isEqualTo(state);
        assertThat(backups.following.moments.at(database, Instant.now()).commit())
                .isEqualTo(reached.commit() + 1);
        assertThatExceptionOfType(MomentNotReachableException.class)
                .isThrownBy(() ->
                        backups.following.moments.at(database, Instant.now().plusSeconds(60)))
                .withMessageContaining("does not go on until then");
    }

    @Test
    void aRestartGoesOnWithoutAGapWhereTheWalStillHasAll() throws Exception {
        backups.run(database);
        commit(1);
        backups.following.followers.stop();
        commit(2);
        backups.following.followers.start();
        backups.following.awaitFollowing(database);
        var reached = backups.following.followers.flush(database, Duration.ofSeconds(10));
        assertThat(backups.following.chains.all(database.id())).hasSize(1);
        assertThat(backups.content(snapshot(reached.commit()))).isEqualTo(now());
    }

    @Test
    void aRestartAfterAGapTellsItAndBeginsANewChain() throws Exception {
        backups.run(database);
        commit(1);
        var before = backups.following.followers.flush(database, Duration.ofSeconds(10));
        backups.following.followers.stop();
        commit(2);
        now();
        commit(3);
        backups.following.followers.start();
        backups.following.awaitFollowing(database);
        assertThat(backups.following.chains.all(database.id())).hasSize(2);
        assertThatExceptionOfType(MomentNotReachableException.class)
                .isThrownBy(() -> backups.following.moments.at(database, Instant.now()))
                .withMessageContaining("commit " + before.commit());
        assertThat(backups.run(database).capture().methodUsed()).isEqualTo("SCAN");
        commit(4);
        backups.following.followers.flush(database, Duration.ofSeconds(10));
        assertThat(backups.content(backups.logs.of(database, backups.following.moments.at(database, Instant.now()))))
                .isEqualTo(now());
        assertThat(snapshot(before.commit()).capture().methodUsed()).isEqualTo("LOG");
    }

    @Test
    void aPauseIsNoGapWhereTheWalStillHasAll() throws Exception {
        backups.run(database);
        commit(1);
        backups.following.followers.pause(database);
        commit(2);
        backups.following.followers.resume(database);
        backups.following.awaitFollowing(database);
        var reached = backups.following.followers.flush(database, Duration.ofSeconds(10));
        assertThat(backups.following.chains.all(database.id())).hasSize(1);
        assertThat(backups.content(snapshot(reached.commit()))).isEqualTo(now());
    }

    @Test
    void theStateWithWhichAChainBeginsHasANumberOfItsOwn() throws Exception {
        backups.run(database);
        commit(1);
        var before = backups.following.followers.flush(database, Duration.ofSeconds(10));
        backups.following.followers.pause(database);
        commit(2);
        now();
        commit(3);
        backups.following.followers.resume(database);
        backups.following.awaitFollowing(database);
        var found = now();
        backups.run(database);
        var begun = backups.following.followers.reached(database.id()).orElseThrow();
        assertThat(begun.commit()).isGreaterThan(before.commit());
        assertThat(backups.content(snapshot(begun.commit()))).isEqualTo(found);
        assertThat(backups.content(snapshot(before.commit()))).isNotEqualTo(found);
    }

    @Test
    void aBackupThatReadsTheDatabaseIsComparedWithTheLog() throws Exception {
        backups.run(database);
        for (int order = 1; order <= 5; order++) {
            commit(order);
        }
        backups.run(database, Method.SCAN);
        var chain = backups.following.chains.all(database.id()).getLast();
        assertThat(chain.comparedAt()).isNotNull();
        assertThat(chain.differingPages()).isZero();

        now();
        try (var file = FileChannel.open(database.path(), StandardOpenOption.WRITE)) { // by whom SQLite does not know
            file.write(ByteBuffer.wrap(new byte[] {7, 7, 7}), 3 * 4096L + 2000);
        }
        commit(6);
        backups.run(database, Method.SCAN);
        var all = backups.following.chains.all(database.id());
        assertThat(all).hasSize(2);
        assertThat(all.getFirst().differingPages()).isEqualTo(1);
        backups.run(database, Method.SCAN);
        commit(7);
        backups.following.followers.flush(database, Duration.ofSeconds(10));
        assertThat(backups.content(backups.logs.of(database, backups.following.moments.at(database, Instant.now()))))
                .isEqualTo(now());
    }

    @Test
    void whatTheCatalogHasLostOfALogIsRecordedAnew() throws Exception {
        backups.run(database);
        commit(1);
        commit(2);
        var reached = backups.following.followers.flush(database, Duration.ofSeconds(10));
        var state = now();
        backups.following.followers.unfollow(database);
        for (var table : List.of("log_segment", "log_chain", "log_anchor", "snapshot")) {
            backups.catalog.catalog.update("DELETE FROM " + table).update();
        }
        backups.rebuild();
        assertThat(backups.content(snapshot(reached.commit()))).isEqualTo(state);

        backups.catalog.catalog.update("DELETE FROM log_segment").update();
        backups.catalog.catalog.update("DELETE FROM log_chain").update();
        backups.following.followers.follow(database, POLICY);
        backups.following.awaitFollowing(database);
        assertThat(backups.following
                        .followers
                        .reached(database.id())
                        .orElseThrow()
                        .commit())
                .isGreaterThan(reached.commit());
        assertThat(backups.content(snapshot(reached.commit()))).isEqualTo(state);
    }

    @Test
    void theSnapshotOfAMomentExpiresAndNothingIsBuiltOnItForLong() throws Exception {
        var base = backups.run(database);
        commit(1);
        commit(2);
        var reached = backups.following.followers.flush(database, Duration.ofSeconds(10));
        var moment = snapshot(reached.commit() - 1);
        assertThat(moment.expiresAt())
                .isAfter(clock.instant())
                .isBefore(clock.instant().plus(Duration.ofDays(2)));
        assertThat(backups.following.anchors.needed(database.id())).containsExactly(base.id());
    }

    @Test
    void whenPausedNothingOfTheDatabaseIsHeld() throws Exception {
        backups.following.followers.pause(database);
        assertThat(backups.following.followers.standing(database).state()).isEqualTo(FollowState.PAUSED);
        try (var statement = application.createStatement()) {
            statement.execute("PRAGMA journal_mode = DELETE");
        }
    }
}
