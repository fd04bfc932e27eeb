package dev.afterimage.check;

import static dev.afterimage.problem.ProblemAssertions.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.AssertionResult;
import dev.afterimage.catalog.snapshots.DrillResult;
import dev.afterimage.catalog.snapshots.Drills;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DrillTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Drills drills;
    private Drill drill;
    private Database orders;

    @BeforeEach
    void open() throws Exception {
        backups = new TestBackups(dir, clock);
        drills = backups.catalog.drills;
        drill = TestCheck.drill(backups, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
    }

    @AfterEach
    void close() {
        backups.close();
    }

    @Test
    void runRestoresTheNewestSnapshotAndLeavesNothingButItsResult() throws Exception {
        backups.run(orders);
        var newest = next();
        var staging = backups.staging();
        var result = drill.run(plan(DrillChoice.LATEST), staging, PageProgress.NONE);
        assertThat(result.snapshotId()).isEqualTo(newest.id());
        assertThat(result.snapshotCreatedAt()).isEqualTo(newest.createdAt());
        assertThat(result.passed()).isTrue();
        assertThat(result.bytes()).isEqualTo(newest.content().sizeBytes());
        assertThat(staging).isEmptyDirectory();
        assertThat(drills.last(List.of(orders))).contains(result);
        assertThat(backups.catalog.checks.list(newest.id())).hasSize(1);
        assertThat(drills.failed(orders.id())).isFalse();
    }

    @Test
    void runAtRandomComesToEachSnapshot() throws Exception {
        var ids = new HashSet<>(List.of(backups.run(orders).id(), next().id(), next().id()));
        var drilled = new HashSet<UUID>();
        for (int i = 0; i < 64 && drilled.size() < 3; i++) {
            drilled.add(
                    drills.candidate(orders.id(), null, plan(DrillChoice.RANDOM).place())
                            .orElseThrow());
        }
        assertThat(drilled).isEqualTo(ids);
    }

    @Test
    void runWhenASafetySnapshotIsTheNewestRestoresTheOneBefore() {
        var good = backups.run(orders);
        backups.safetySnapshot(orders, UUID.randomUUID());
        assertThat(drill.run(plan(DrillChoice.LATEST), backups.staging(), PageProgress.NONE)
                        .snapshotId())
                .isEqualTo(good.id());
    }

    @Test
    void runAgainForTheSameJobIsRecordedOnce() {
        backups.run(orders);
        var plan = plan(DrillChoice.RANDOM);
        drill.run(plan, backups.staging(), PageProgress.NONE);
        var again = drill.run(plan, backups.staging(), PageProgress.NONE);
        assertThat(drills.list(orders.id(), null, 10).items()).containsExactly(again);
    }

    @Test
    void runWithoutASnapshotIsRefusedAndNoDrill() {
        assertThatThrownBy(() -> drill.run(plan(DrillChoice.LATEST), backups.staging(), PageProgress.NONE))
                .satisfies(problem(ProblemCode.SNAPSHOT_NOT_FOUND))
                .hasMessageContaining("has no available snapshot")
                .hasMessageContaining("'orders'");
        assertThat(drills.last(List.of(orders))).isEmpty();
    }

    @Test
    void runMeasuresBothPhases() {
        backups.run(orders);
        var result = drill.run(plan(DrillChoice.LATEST), backups.staging(), new PageProgress() {
            @Override
            public PageProgress phase(String name, int pageSize) {
                long until = System.nanoTime()
                        + Duration.ofMillis(name.equals(Check.RESTORING) ? 20 : 40)
                                .toNanos();
                while (System.nanoTime() < until) {
                    Thread.onSpinWait();
                }
                return this;
            }

            @Override
            public void pages(long done, long total) {}
        });
        assertThat(result.restoreMillis()).isGreaterThanOrEqualTo(20);
        assertThat(result.checkMillis()).isGreaterThanOrEqualTo(40);
    }

    @Test
    void runWhenTheStorageIsDamagedQuarantinesTheSnapshotAndTheDatabaseHasFailed() throws Exception {
        var snapshot = backups.run(orders);
        backups.damage(snapshot);
        fail(plan(DrillChoice.LATEST));
        var result = drills.last(List.of(orders)).getFirst();
        assertThat(result.passed()).isFalse();
        assertThat(result.messages()).isNotEmpty();
        assertThat(backups.catalog.snapshots.get(snapshot.id()).state()).isEqualTo(Snapshot.State.QUARANTINED);
        assertThat(drills.failed(orders.id())).isTrue();
        assertThat(drills.failed()).containsExactly("orders");
        assertThat(drills.standings()).singleElement().satisfies(standing -> {
            assertThat(standing.databaseName()).isEqualTo("orders");
            assertThat(standing.last()).isEqualTo(result);
            assertThat(standing.lastSuccessSeconds()).isZero();
        });
    }

    @Test
    void aLaterDrillMakesUpForAFailedOne() throws Exception {
        backups.damage(backups.run(orders));
        fail(plan(DrillChoice.LATEST));
        next();
        assertThat(drills.failed(orders.id()))
                .as("an unproven snapshot changes nothing")
                .isTrue();
        drill.run(plan(DrillChoice.LATEST), backups.staging(), PageProgress.NONE);
        assertThat(drills.failed(orders.id())).isFalse();
        assertThat(drills.standings().getFirst().lastSuccessSeconds())
                .isEqualTo(clock.instant().getEpochSecond());
    }

    @Test
    void aCheckOfANewerSnapshotMakesUpForAFailedDrillAndOneOfAnOlderDoesNot() throws Exception {
        var older = backups.run(orders);
        var damaged = next();
        backups.catalog.drills.add(failed(damaged));
        check(older);
        assertThat(drills.failed(orders.id())).isTrue();
        check(next());
        assertThat(drills.failed(orders.id())).isFalse();
        assertThat(drills.failed()).isEmpty();
    }

    @Test
    void onlyTheLatestDrillsAreRemembered() {
        var snapshot = backups.run(orders);
        for (int i = 0; i < 102; i++) {
            drills.add(failed(snapshot));
        }
        assertThat(drills.list(orders.id(), null, 1_000).items()).hasSize(100);
    }

    private Snapshot next() throws Exception {
        clock.advance(Duration.ofHours(1));
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (1)");
        return backups.run(orders);
    }

    private void check(Snapshot snapshot) {
        clock.advance(Duration.ofMinutes(1));
        backups.catalog.checks.add(new SnapshotCheck(
                TimeOrderedId.next(clock), snapshot.id(), "FULL", true, clock.instant(), clock.instant(), List.of()));
    }

    @Test
    void runWhenAssertionsHoldKeepsWhatWasFound() throws Exception {
        backups.run(orders);
        var assertions = List.of(
                new Assertion("SELECT count(*) FROM sqlite_schema", ">0"),
                new Assertion("SELECT count(*) FROM sqlite_schema", ">= 1"),
                new Assertion("SELECT 1.5", "<1.6"),
                new Assertion("SELECT -2", "<= -2"),
                new Assertion("SELECT 9007199254740993", "!= 9007199254740992"),
                new Assertion("SELECT 1e999", ">9"),
                new Assertion("SELECT name FROM sqlite_schema", "t"),
                new Assertion("SELECT 7", "7"));

        var result = drill.run(plan(assertions), backups.staging(), PageProgress.NONE);

        assertThat(result.passed()).isTrue();
        assertThat(result.assertions())
                .extracting(AssertionResult::actual)
                .containsExactly("1", "1", "1.5", "-2", "9007199254740993", "Infinity", "t", "7");
        assertThat(drills.last(List.of(orders))).contains(result);
    }

    @Test
    void runWhenAnAssertionDoesNotHoldFailsTheDrillAndNotTheSnapshot() {
        var snapshot = backups.run(orders);
        var assertions = List.of(
                new Assertion("SELECT count(*) FROM t", ">0"),
                new Assertion("SELECT 1", "=1"),
                new Assertion("SELECT 1 WHERE 0", "x"),
                new Assertion("SELECT NULL", "=0"),
                new Assertion("SELECT '5'", ">1"),
                new Assertion("SELECT 1e999", "<9"),
                new Assertion("DELETE FROM t", "=0"),
                new Assertion("SELECT * FROM missing", "=0"));

        assertThatThrownBy(() -> drill.run(plan(assertions), backups.staging(), PageProgress.NONE))
                .satisfies(problem(ProblemCode.ASSERTION_FAILED))
                .hasMessageContaining("SELECT count(*) FROM t is 0, not >0")
                .hasMessageContaining("no such table: missing");

        var recorded = drills.last(List.of(orders)).getFirst();
        assertThat(recorded.passed()).isFalse();
        assertThat(recorded.messages()).hasSize(7);
        assertThat(recorded.assertions())
                .extracting(AssertionResult::passed)
                .containsExactly(false, true, false, false, false, false, false, false);
        assertThat(backups.catalog.snapshots.get(snapshot.id()).state()).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(drills.failed(orders.id())).isTrue();
    }

    @Test
    void onlyADrillWhoseAssertionsHoldMakesUpForOneWhoseDidNot() throws Exception {
        backups.run(orders);
        assertThatThrownBy(() -> drill.run(
                        plan(List.of(new Assertion("SELECT count(*) FROM t", ">0"))),
                        backups.staging(),
                        PageProgress.NONE))
                .satisfies(problem(ProblemCode.ASSERTION_FAILED));
        check(next());
        assertThat(drills.failed(orders.id())).as("a check").isTrue();
        drill.run(plan(DrillChoice.LATEST), backups.staging(), PageProgress.NONE);
        assertThat(drills.failed(orders.id())).as("a drill without").isTrue();
        drills.add(failed(next()));
        check(next());
        assertThat(drills.failed()).as("a drill without that failed").containsExactly("orders");

        drill.run(plan(List.of(new Assertion("SELECT count(*) FROM t", ">0"))), backups.staging(), PageProgress.NONE);

        assertThat(drills.failed(orders.id())).isFalse();
        assertThat(drills.failed()).isEmpty();
    }

    private DrillPlan plan(List<Assertion> assertions) {
        return new DrillPlan(
                TimeOrderedId.next(clock), orders.id(), DrillChoice.LATEST, null, CheckLevel.FULL, null, assertions);
    }

    private void fail(DrillPlan plan) {
        assertThatThrownBy(() -> drill.run(plan, backups.staging(), PageProgress.NONE))
                .isInstanceOf(CheckFailedException.class);
    }

    private DrillPlan plan(DrillChoice choice) {
        return new DrillPlan(TimeOrderedId.next(clock), orders.id(), choice, null, CheckLevel.FULL, null, List.of());
    }

    private DrillResult failed(Snapshot snapshot) {
        return new DrillResult(
                TimeOrderedId.next(clock),
                TimeOrderedId.next(clock),
                orders.id(),
                snapshot.id(),
                snapshot.createdAt(),
                "FULL",
                null,
                false,
                clock.instant(),
                1,
                1,
                1,
                List.of("damaged"),
                List.of());
    }
}
