package dev.afterimage.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.repository.log.Replay;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogPruneTests {

    private static final FollowPolicy POLICY =
            new FollowPolicy(Duration.ofMillis(100), Duration.ofDays(7), Duration.ofHours(1), true, null);

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private TestBackups backups;
    private TestFollowing following;
    private Database database;
    private LogPrune prune;

    @BeforeEach
    void follow() throws SQLException {
        backups = new TestBackups(dir, clock);
        following = backups.following;
        database = backups.database("orders", "PRAGMA journal_mode = WAL", "CREATE TABLE orders (note TEXT)");
        following.followers.start();
        following.followers.follow(database, POLICY);
        following.awaitFollowing(database);
        prune = new LogPrune(
                following.follows,
                following.chains,
                following.segments,
                following.anchors,
                new LogCuts(backups.catalog.catalog),
                following.objects,
                clock);
    }

    @AfterEach
    void close() {
        following.followers.stop();
        backups.close();
    }

    private long commit() throws SQLException {
        TestBackups.execute(database.path(), "INSERT INTO orders VALUES (hex(randomblob(1000)))");
        return following.followers.flush(database, Duration.ofSeconds(10)).commit();
    }

    @Test
    void pruneDeletesWhatIsOlderThanTheWindowUpToASnapshotFromWhichAllElseIsReplayed() throws Exception {
        backups.run(database);
        long first = commit();
        clock.advance(Duration.ofDays(2));
        long second = commit();
        backups.run(database);
        long third = commit();
        clock.advance(Duration.ofDays(6));
        prune.prune(database.id());
        assertThat(following.moments.commit(database, first).commit()).isEqualTo(first);

        clock.advance(Duration.ofDays(2));
        prune.prune(database.id());
        assertThatExceptionOfType(MomentNotReachableException.class)
                .isThrownBy(() -> following.moments.commit(database, first))
                .withMessageContaining("commit " + second);
        assertThat(following.moments.commit(database, third).commit()).isEqualTo(third);
        assertThat(following.objects.all(database.id())).hasSize(1);
        assertThat(new LogCuts(backups.catalog.catalog).of(database.id())).containsValue(third);
        assertThat(following.anchors.needed(database.id())).hasSize(1);
    }

    @Test
    void pruneWhileALogIsReplayedLeavesItAlone() throws Exception {
        backups.run(database);
        long first = commit();
        clock.advance(Duration.ofDays(2));
        commit();
        backups.run(database);
        var moment = following.moments.commit(database, first);
        var span =
                new Replay.Span(database.id(), moment.stored(), moment.anchor().from(), first);
        clock.advance(Duration.ofDays(8));

        try (var state = Replay.of(span, following.objects, backups.staging(), (_, _) -> prune.prune(database.id()))) {
            assertThat(state.pageCount()).isPositive();
        }

        assertThat(following.objects.all(database.id())).hasSize(2);
        prune.prune(database.id());
        assertThat(following.objects.all(database.id())).isEmpty();
    }

    /** Such as where no policy deletes any. */
    @Test
    void pruneWhenSnapshotsFromBeforeTheWindowStayLeavesNoMomentBetweenThemInReach() throws Exception {
        backups.run(database);
        commit();
        clock.advance(Duration.ofHours(1));
        var afterFirst = clock.instant();
        clock.advance(Duration.ofDays(2));
        long second = commit();
        var ofSecond = clock.instant();
        backups.run(database);
        clock.advance(Duration.ofHours(1));
        long third = commit();
        assertThat(following.moments.at(database, afterFirst).commit()).isEqualTo(second - 1);

        clock.advance(Duration.ofDays(8));
        prune.prune(database.id());

        assertThat(following.moments.firstOf(following.chains.all(database.id()).getLast()))
                .hasValueSatisfying(edge -> assertThat(edge.commit()).isEqualTo(second));
        assertThat(LongStream.range(0, 10)
                        .map(place -> following.moments.anyOf(database, place).commit()))
                .containsOnly(second, third);
        assertThat(following.moments.at(database, ofSecond).commit()).isEqualTo(second);
        assertThatExceptionOfType(MomentNotReachableException.class)
                .isThrownBy(() -> following.moments.at(database, afterFirst))
                .withMessageContaining("commit " + second);
    }

    @Test
    void pruneDeletesAChainThatEndedBeforeTheWindow() throws Exception {
        backups.run(database);
        long last = commit();
        following.followers.pause(database);
        TestBackups.execute(database.path(), "DELETE FROM orders", "PRAGMA wal_checkpoint(TRUNCATE)");
        TestBackups.execute(database.path(), "INSERT INTO orders VALUES (1)");
        clock.advance(Duration.ofDays(8));
        following.followers.resume(database);
        following.awaitFollowing(database);
        backups.run(database);
        prune.prune(database.id());
        assertThat(following.objects.all(database.id())).isEmpty();
        assertThatExceptionOfType(MomentNotReachableException.class)
                .isThrownBy(() -> following.moments.commit(database, last));
    }

    @Test
    void pruneDeletesAllOfADatabaseThatNobodyFollowsAnyMoreWhenTheWindowHasPassed() throws Exception {
        backups.run(database);
        long last = commit();
        following.followers.unfollow(database);
        prune.prune(database.id());
        assertThat(following.moments.commit(database, last).commit()).isEqualTo(last);

        clock.advance(Duration.ofDays(8));
        prune.prune(database.id());
        assertThat(following.objects.all(database.id())).isEmpty();
        assertThat(following.segments.last(database.id())).isEmpty();
    }

    /** What was taken last may not be stored yet. */
    @Test
    void pruneKeepsAChainWithoutSegmentsThatEndedInTheWindow() {
        var chain = following.chains.all(database.id()).getLast();
        following.followers.unfollow(database);
        prune.prune(database.id());
        assertThat(following.chains.find(chain.id())).isPresent();

        clock.advance(Duration.ofDays(8));
        prune.prune(database.id());
        assertThat(following.chains.find(chain.id())).isEmpty();
    }
}
