package dev.afterimage.retention;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.catalog.snapshots.SnapshotNotFoundException;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotRemovalTests {

    private static final int ROUNDS = 8;

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private SnapshotRemoval removal;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, clock);
        removal = TestRemoval.on(backups);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void removeFreesWhatOnlyThatSnapshotNeeds() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var first = backups.run(database);
        TestBackups.execute(database.path(), "INSERT INTO t VALUES (1)");
        var second = backups.run(database);
        var content = backups.content(second);
        TestBackups.execute(database.path(), "INSERT INTO t VALUES (2)");
        var third = backups.run(database);
        assertThat(layers()).isEqualTo(3);
        removal.remove(third.id(), false);
        assertThat(layers()).as("only the third needed its own").isEqualTo(2);
        removal.remove(first.id(), false);
        assertThat(layers()).as("the second has pages of the first's").isEqualTo(2);
        assertThat(backups.catalog.snapshots.find(first.id())).isEmpty();
        assertThat(backups.content(second)).isEqualTo(content);
        assertThatExceptionOfType(SnapshotNotFoundException.class).isThrownBy(() -> removal.remove(first.id(), false));
    }

    @Test
    void removeWhenItIsTheLastGoodOneNeedsForce() throws Exception {
        var snapshot = backups.run(backups.database("orders", "CREATE TABLE t (v)"));
        assertThatProblem(ProblemCode.LAST_GOOD_SNAPSHOT, "is the last good one of")
                .isThrownBy(() -> removal.remove(snapshot.id(), false));
        assertThat(backups.content(snapshot)).isNotEmpty();
        removal.remove(snapshot.id(), true);
        assertThat(layers()).isZero();
    }

    @Test
    void discardRemovesWhatACancelledBackupHasPublishedUnlessItIsPinned() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var unwanted = backups.run(database);
        removal.discard(unwanted.id());
        removal.discard(unwanted.id());
        assertThat(backups.catalog.snapshots.find(unwanted.id())).isEmpty();
        assertThat(backups.repository.find(database.id(), unwanted.id())).isEmpty();
        var wanted = backups.run(database);
        backups.catalog.snapshots.change(wanted.id(), null, true, false, null);
        removal.discard(wanted.id());
        assertThat(backups.content(wanted)).isNotEmpty();
    }

    @Test
    void removeWhenItIsTheLastGoodOneFromBeforeACollapseNeedsForceOrAnAcknowledgement() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)", "CREATE TABLE u (v)");
        var older = backups.run(database);
        clock.advance(Duration.ofHours(1));
        var before = backups.run(database);
        TestBackups.execute(database.path(), "DROP TABLE t", "DROP TABLE u");
        clock.advance(Duration.ofHours(1));
        var collapsed = backups.run(database);
        clock.advance(Duration.ofHours(1));
        backups.run(database);

        assertThatProblem(ProblemCode.LAST_GOOD_SNAPSHOT, "from before")
                .isThrownBy(() -> removal.remove(before.id(), false))
                .satisfies(kept -> assertThat(kept.problem().hint()).contains("/databases/orders/collapses"));
        assertThat(removal.removeUnchanged(database.id(), List.of(older, before, collapsed))
                        .snapshots())
                .as("all but that one")
                .isEqualTo(2);
        assertThat(backups.catalog.collapses.open(database.id()))
                .as("although the snapshot in which it was seen is gone")
                .singleElement()
                .satisfies(open -> assertThat(open.before()).isEqualTo(before.id()));

        backups.catalog.collapses.acknowledge(database, collapsed.id());
        removal.remove(before.id(), false);
        assertThat(backups.catalog.snapshots.find(before.id())).isEmpty();
    }

    /** The clock was an hour ahead before the collapse, and is right again. */
    @Test
    void removeAndPlanWhenTheClockHasGoneBackKeepWhatWasTakenBeforeACollapse() throws Exception {
        clock.advance(Duration.ofHours(1));
        var database = backups.database("orders", "CREATE TABLE t (v)", "CREATE TABLE u (v)");
        var old = backups.run(database);
        var passed = backups.run(database);
        var unchecked = backups.run(database);
        var before = backups.run(database);
        TestBackups.execute(database.path(), "DROP TABLE t", "DROP TABLE u");
        clock.advance(Duration.ofHours(-1));
        var collapsed = backups.run(database);
        clock.advance(Duration.ofMinutes(1));
        var after = backups.run(database);
        check(old, true);
        check(passed, true);
        check(before, false); // what it was seen from is damaged by now
        check(after, true);

        for (var kept : List.of(passed, unchecked, before)) {
            assertThatProblem(ProblemCode.LAST_GOOD_SNAPSHOT, "from before")
                    .isThrownBy(() -> removal.remove(kept.id(), false));
        }
        var plan = TestRemoval.plans(backups, clock).preview(database.id(), Written.policy("last=1"));
        assertThat(plan.snapshots().stream()
                        .filter(planned -> planned.verdict() instanceof Verdict.Keep(var rules)
                                && rules.contains(KeepRule.BEFORE_COLLAPSE))
                        .map(planned -> planned.snapshot().id()))
                .containsExactly(before.id(), unchecked.id(), passed.id());
        removal.remove(old.id(), false);
        removal.remove(collapsed.id(), false);
        assertThat(backups.repository.list(database.id()).readable().getLast().id())
                .as("what extract takes for the latest")
                .isEqualTo(after.id());
    }

    @Test
    void removeWhenPinnedIsRefusedEvenWithForce() throws Exception {
        var snapshot = backups.run(backups.database("orders", "CREATE TABLE t (v)"));
        backups.catalog.snapshots.change(snapshot.id(), null, true, false, null);
        assertThatProblem(ProblemCode.SNAPSHOT_PINNED).isThrownBy(() -> removal.remove(snapshot.id(), true));
        assertThat(backups.content(snapshot)).isNotEmpty();
    }

    @Test
    void removeWhenAnUncheckedOneIsLeftKeepsTheOnlyOneThatPassed() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var passed = backups.run(database);
        var unchecked = backups.run(database);
        var failed = backups.run(database);
        check(passed, true);
        check(failed, false);

        assertThatProblem(ProblemCode.LAST_GOOD_SNAPSHOT, "is the last good one of")
                .isThrownBy(() -> removal.remove(passed.id(), false));
        removal.remove(failed.id(), false);
        removal.remove(unchecked.id(), false);
    }

    @Test
    void removeWhenNoneHasPassedKeepsTheOnlyOneThatHasNotFailed() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var first = backups.run(database);
        var second = backups.run(database);
        check(backups.run(database), false);

        removal.remove(first.id(), false);
        assertThatProblem(ProblemCode.LAST_GOOD_SNAPSHOT, "is the last good one of")
                .isThrownBy(() -> removal.remove(second.id(), false));
    }

    @Test
    void removeWhenTheLastTwoGoAtOnceLeavesOne() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        for (int round = 0; round < ROUNDS; round++) {
            var first = backups.run(database);
            var second = backups.run(database);

            var removed = atOnce(() -> removal.remove(first.id(), false), () -> removal.remove(second.id(), false));

            assertThat(removed).as("round " + round).containsExactlyInAnyOrder("done", "LAST_GOOD_SNAPSHOT");
            for (var left : backups.catalog.snapshots.ids(database.id())) {
                removal.remove(left, true);
            }
        }
    }

    @Test
    void removeWhenAPinArrivesMeanwhileLetsOneOfThemWin() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        for (int round = 0; round < ROUNDS; round++) {
            var id = backups.run(database).id();

            var outcome = atOnce(
                    () -> removal.remove(id, true),
                    () -> backups.catalog.snapshots.change(id, null, true, false, null));

            assertThat(outcome)
                    .as("round " + round)
                    .isIn(List.of("SNAPSHOT_PINNED", "done"), List.of("done", "SNAPSHOT_NOT_FOUND"));
            boolean pinned = outcome.getFirst().equals("SNAPSHOT_PINNED");
            assertThat(backups.catalog.snapshots.find(id).isPresent()).isEqualTo(pinned);
            assertThat(backups.repository.snapshotIds(database.id()).contains(id))
                    .isEqualTo(pinned);
        }
    }

    @Test
    void removeWhenItWasInterruptedCompletesIt() throws Exception {
        var snapshot = backups.run(backups.database("orders", "CREATE TABLE t (v)"));
        backups.catalog.deletions.begin(snapshot.id(), candidate -> {});
        assertThat(backups.catalog.snapshots.find(snapshot.id())).isEmpty();
        assertThat(backups.catalog.snapshots.newest(snapshot.databaseId())).isEmpty();

        removal.remove(snapshot.id(), false);

        assertThat(layers()).isZero();
        assertThat(backups.catalog.deletions.unfinished()).isEmpty();
    }

    /** For each, "done" or the code of what it threw. */
    private static List<String> atOnce(Runnable... works) throws Exception {
        var start = new CyclicBarrier(works.length);
        try (var threads = Executors.newFixedThreadPool(works.length)) {
            var outcomes = new ArrayList<Future<String>>();
            for (var work : works) {
                outcomes.add(threads.submit(() -> {
                    start.await();
                    try {
                        work.run();
                        return "done";
                    } catch (ProblemException e) {
                        return e.code().name();
                    }
                }));
            }
            var told = new ArrayList<String>();
            for (var outcome : outcomes) {
                told.add(outcome.get());
            }
            return told;
        }
    }

    private void check(Snapshot snapshot, boolean passed) {
        var now = clock.instant();
        backups.catalog.checks.add(
                new SnapshotCheck(TimeOrderedId.next(clock), snapshot.id(), "FULL", passed, now, now, List.of()));
    }

    private long layers() throws Exception {
        try (var files = Files.walk(
                backups.catalog.node.repositoryDirectory().orElseThrow().resolve("layers"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }
}
