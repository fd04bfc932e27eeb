package dev.afterimage.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.log.LogActivity;
import dev.afterimage.catalog.log.LogChecks;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.Replay;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.log.TestSegments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogMergeTests {

    private static final FollowPolicy POLICY =
            new FollowPolicy(Duration.ofMillis(100), Duration.ofDays(7), Duration.ofHours(1), true, null);

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private TestBackups backups;
    private TestFollowing following;
    private Database database;
    private LogMerge merge;
    private LogPrune prune;
    private LogChecks checks;
    private Instant begin;

    @BeforeEach
    void follow() throws SQLException {
        backups = new TestBackups(dir, clock);
        following = backups.following;
        database = backups.database("orders", "PRAGMA journal_mode = WAL", "CREATE TABLE orders (note TEXT)");
        following.followers.start();
        following.followers.follow(database, POLICY);
        following.awaitFollowing(database);
        backups.run(database);
        checks = new LogChecks(backups.catalog.catalog);
        merge = merge(Duration.ofHours(1));
        prune = new LogPrune(
                following.follows,
                following.chains,
                following.segments,
                following.anchors,
                new LogCuts(backups.catalog.catalog),
                following.objects,
                clock);
        begin = clock.instant().truncatedTo(ChronoUnit.HOURS).plus(Duration.ofHours(1));
        clock.advance(Duration.between(clock.instant(), begin));
    }

    private LogMerge merge(Duration to) {
        return new LogMerge(
                following.chains,
                following.segments,
                following.records,
                checks,
                new LogCuts(backups.catalog.catalog),
                following.objects,
                following.followers,
                backups.catalog.node,
                new FollowSettings(null, null, to, null),
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

    /** Each in a segment of its own. */
    private List<Long> commits(int count, Duration apart) throws SQLException {
        var commits = new ArrayList<Long>();
        for (int i = 0; i < count; i++) {
            commits.add(commit());
            clock.advance(apart);
        }
        return commits;
    }

    private List<SegmentName> all() {
        return following.objects.all(database.id()).stream()
                .map(Segments.Stored::name)
                .toList();
    }

    private List<SegmentName> current() {
        return TestSegments.names(following.objects, database.id());
    }

    private SegmentName name(long first, long last) {
        return new SegmentName(following.chains.all(database.id()).getLast().id(), first, last);
    }

    private byte[] state(long commit) throws IOException {
        return backups.content(backups.logs.of(database, following.moments.commit(database, commit)));
    }

    private Path file(SegmentName name) {
        return backups.catalog.node.repositoryDirectory().orElseThrow().resolve(TestSegments.key(database.id(), name));
    }

    @Test
    void mergeMakesOneSegmentOfEachHourThatIsOver() throws Exception {
        var first = commits(5, Duration.ofMinutes(12));
        var second = commits(3, Duration.ofMinutes(20));
        var third = commits(2, Duration.ofMinutes(1));

        merge.merge(database.id(), () -> false);

        assertThat(current())
                .containsExactly(
                        name(first.getFirst(), first.getLast()),
                        name(second.getFirst(), second.getLast()),
                        name(third.getFirst(), third.getFirst()),
                        name(third.getLast(), third.getLast()));
        assertThat(following.segments.between(
                        database.id(),
                        following.chains.all(database.id()).getLast().id(),
                        1,
                        Long.MAX_VALUE))
                .extracting(segment -> Moments.stored(segment).name())
                .isEqualTo(current());
    }

    @Test
    void stateOfEachCommitIsTheSameWhenItIsMergedAndWhenWhatItWasMadeOfIsGone() throws Exception {
        var commits = commits(6, Duration.ofMinutes(10));
        var expected = new ArrayList<byte[]>();
        for (long commit : commits) {
            expected.add(state(commit));
        }
        backups.catalog
                .catalog
                .update("DELETE FROM snapshot WHERE id NOT IN (SELECT id FROM snapshot ORDER BY id LIMIT 1)")
                .update();

        merge.merge(database.id(), () -> false);
        clock.advance(Duration.ofHours(1));
        merge.merge(database.id(), () -> false);

        assertThat(all()).containsExactly(name(commits.getFirst(), commits.getLast()));
        for (int i = 0; i < commits.size(); i++) {
            assertThat(state(commits.get(i))).as("commit %d", commits.get(i)).isEqualTo(expected.get(i));
        }
        var third = following.moments.at(database, begin.plus(Duration.ofMinutes(25)));
        assertThat(third.commit()).isEqualTo(commits.get(2));
        assertThat(third.takenAt()).isEqualTo(begin.plus(Duration.ofMinutes(20)));
    }

    @Test
    void whatWasMergedStaysForAnHourForThoseWhoReadIt() throws Exception {
        var commits = commits(4, Duration.ofMinutes(15));

        merge.merge(database.id(), () -> false);
        assertThat(all()).hasSize(5);

        clock.advance(Duration.ofMinutes(59));
        merge.merge(database.id(), () -> false);
        assertThat(all()).hasSize(5);

        clock.advance(Duration.ofMinutes(1));
        merge.merge(database.id(), () -> false);
        assertThat(all()).containsExactly(name(commits.getFirst(), commits.getLast()));
    }

    @Test
    void whatWasMergedStaysWhileTheLogIsReplayed() throws Exception {
        var commits = commits(4, Duration.ofMinutes(15));
        var moment = following.moments.commit(database, commits.getLast());
        var span =
                new Replay.Span(database.id(), moment.stored(), moment.anchor().from(), moment.commit());
        merge.merge(database.id(), () -> false);
        clock.advance(Duration.ofHours(2));

        try (var state = Replay.of(
                span, following.objects, backups.staging(), (_, _) -> merge.merge(database.id(), () -> false))) {
            assertThat(state.pageCount()).isPositive();
        }

        assertThat(all()).hasSize(5);
        merge.merge(database.id(), () -> false);
        assertThat(all()).hasSize(1);
    }

    @Test
    void timeLineOfWhatWasMergedTellsOfEachMinute() throws Exception {
        commits(3, Duration.ofSeconds(20));
        clock.advance(Duration.ofMinutes(9));
        commits(2, Duration.ofMinutes(25));
        var pieces = Duration.ofMinutes(1);
        var end = begin.plus(Duration.ofHours(2));
        var before = following.segments.activity(database.id(), begin, end, pieces);

        merge.merge(database.id(), () -> false);

        var after = following.segments.activity(database.id(), begin, end, pieces);
        assertThat(current()).hasSize(1);
        assertThat(after)
                .extracting(LogActivity::from)
                .isEqualTo(before.stream().map(LogActivity::from).toList())
                .hasSize(3);
        assertThat(after).extracting(LogActivity::commits).containsExactly(3L, 1L, 1L);
        assertThat(after)
                .extracting(LogActivity::pages)
                .isEqualTo(before.stream().map(LogActivity::pages).toList());
        assertThat(after.stream().mapToLong(LogActivity::bytes).sum())
                .isCloseTo(following.objects.all(database.id()).getFirst().bytes(), within(3L));
    }

    @Test
    void mergeWhenASegmentIsDamagedLeavesItOutAndNotesItForTheNextCheck() throws Exception {
        var commits = commits(7, Duration.ofMinutes(8));
        var damaged = name(commits.get(3), commits.get(3));
        var bytes = Files.readAllBytes(file(damaged));
        bytes[bytes.length / 2] ^= 1;
        Files.write(file(damaged), bytes);
        clock.advance(Duration.ofHours(1));

        merge.merge(database.id(), () -> false);
        assertThat(current()).hasSize(7);
        assertThat(checks.withFindings(database.id()))
                .containsExactly(new LogChecks.Place(damaged.chain(), damaged.firstCommit(), damaged.lastCommit()));

        merge.merge(database.id(), () -> false);
        assertThat(current())
                .containsExactly(name(commits.get(0), commits.get(2)), damaged, name(commits.get(4), commits.get(6)));
    }

    @Test
    void mergeWhenItIsNotWantedChangesNothing() throws Exception {
        commits(4, Duration.ofMinutes(15));
        var before = all();

        merge(Duration.ZERO).merge(database.id(), () -> false);

        assertThat(all()).isEqualTo(before);
    }

    /** Who dies between the two has made the segment, and nobody knows of it. */
    @Test
    void mergeWhenItWasCutShortBeforeTheCatalogKnewOfItGoesOn() throws Exception {
        var commits = commits(4, Duration.ofMinutes(15));
        var merged = name(commits.getFirst(), commits.getLast());
        merge.merge(database.id(), () -> false);
        var made = Files.readAllBytes(file(merged));
        backups.catalog.catalog.update("DELETE FROM log_segment").update();
        following.records.complete(database.id());
        Files.delete(file(merged));
        backups.catalog.catalog.update("DELETE FROM log_segment").update();
        following.records.complete(database.id());
        assertThat(current()).hasSize(4);
        Files.write(file(merged), made);

        merge.merge(database.id(), () -> false);

        assertThat(file(merged)).hasBinaryContent(made);
        assertThat(following.segments.with(database.id(), commits.get(1)))
                .hasValueSatisfying(row -> assertThat(row.commits()).isEqualTo(4));
    }

    @Test
    void recordsOfALostCatalogAreThoseOfTheMergedSegmentAndWhatItReplacedGoes() throws Exception {
        var commits = commits(4, Duration.ofMinutes(15));
        merge.merge(database.id(), () -> false);
        backups.catalog.catalog.update("DELETE FROM log_segment").update();

        assertThat(following.records.complete(database.id())).isEqualTo(1);
        assertThat(following.records.complete(database.id())).isZero();
        clock.advance(Duration.ofHours(1));
        merge.merge(database.id(), () -> false);

        assertThat(all()).containsExactly(name(commits.getFirst(), commits.getLast()));
        assertThat(following.moments.commit(database, commits.get(2)).commit()).isEqualTo(commits.get(2));
    }

    @Test
    void recordsWhenTheMergedSegmentCannotBeReadAreThoseThatItReplaced() throws Exception {
        var commits = commits(4, Duration.ofMinutes(15));
        merge.merge(database.id(), () -> false);
        Files.write(file(name(commits.getFirst(), commits.getLast())), new byte[1000]);
        backups.catalog.catalog.update("DELETE FROM log_segment").update();

        assertThat(following.records.complete(database.id())).isEqualTo(4);

        assertThat(state(commits.get(2))).isNotEmpty();
    }

    @Test
    void recordsWhenTheMergedSegmentIsDamagedAtItsEndAreThoseThatItReplaced() throws Exception {
        var commits = commits(4, Duration.ofMinutes(15));
        merge.merge(database.id(), () -> false);
        damage(name(commits.getFirst(), commits.getLast()));
        backups.catalog.catalog.update("DELETE FROM log_segment").update();

        assertThat(following.records.complete(database.id())).isEqualTo(4);
    }

    private void damage(SegmentName name) throws IOException {
        var bytes = Files.readAllBytes(file(name));
        bytes[bytes.length - 100] ^= 1;
        Files.write(file(name), bytes);
    }

    @Test
    void whatWasMergedIsUsedAgainWhenWhatTookItsPlaceIsDamaged() throws Exception {
        var commits = commits(4, Duration.ofMinutes(15));
        merge.merge(database.id(), () -> false);
        damage(name(commits.getFirst(), commits.getLast()));
        clock.advance(Duration.ofHours(1));

        merge.merge(database.id(), () -> false);
        assertThat(all()).hasSize(4).doesNotContain(name(commits.getFirst(), commits.getLast()));
        assertThat(state(commits.get(2))).isNotEmpty();

        merge.merge(database.id(), () -> false);
        assertThat(current()).containsExactly(name(commits.getFirst(), commits.getLast()));
    }

    @Test
    void whatWasMergedIsUsedAgainWhenWhatTookItsPlaceIsMissing() throws Exception {
        var commits = commits(4, Duration.ofMinutes(15));
        merge.merge(database.id(), () -> false);
        Files.delete(file(name(commits.getFirst(), commits.getLast())));
        clock.advance(Duration.ofHours(1));

        merge.merge(database.id(), () -> false);

        assertThat(all()).hasSize(4);
        assertThat(state(commits.get(2))).isNotEmpty();
    }

    @Test
    void whatWasMergedGoesAlsoWhenNothingIsMergedAnyMore() throws Exception {
        var commits = commits(4, Duration.ofMinutes(15));
        merge.merge(database.id(), () -> false);
        clock.advance(Duration.ofHours(1));

        merge(Duration.ZERO).merge(database.id(), () -> false);

        assertThat(all()).containsExactly(name(commits.getFirst(), commits.getLast()));
    }

    @Test
    void mergeWhenItIsToStopBeginsNothing() throws Exception {
        commits(4, Duration.ofMinutes(15));

        merge.merge(database.id(), () -> true);

        assertThat(all()).hasSize(4);
    }

    /** Such as with a window that is not longer than it takes until these go. */
    @Test
    void pruneDeletesAlsoWhatWasMergedAndIsStillThere() throws Exception {
        commits(4, Duration.ofMinutes(15));
        merge.merge(database.id(), () -> false);
        assertThat(all()).hasSize(5);
        backups.run(database);
        clock.advance(Duration.ofDays(8));

        prune.prune(database.id());

        assertThat(all()).isEmpty();
    }

    @Test
    void pruneDeletesMergedSegmentsThatAreOlderThanTheWindow() throws Exception {
        commits(4, Duration.ofMinutes(15));
        merge.merge(database.id(), () -> false);
        clock.advance(Duration.ofHours(1));
        merge.merge(database.id(), () -> false);
        backups.run(database);
        clock.advance(Duration.ofDays(8));

        prune.prune(database.id());

        assertThat(all()).isEmpty();
        assertThat(following.segments.activity(
                        database.id(), begin, begin.plus(Duration.ofDays(10)), Duration.ofDays(1)))
                .isEmpty();
    }
}
