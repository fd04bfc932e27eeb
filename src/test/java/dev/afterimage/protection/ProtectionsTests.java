package dev.afterimage.protection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.DrillResult;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.copies.Copies;
import dev.afterimage.copies.CopyStates;
import dev.afterimage.copies.Copying;
import dev.afterimage.copies.TestCopies;
import dev.afterimage.jobs.metrics.MetricsSettings;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.jobs.queue.TestJobs;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ProtectionsTests {

    private static final Duration MAX_AGE = Duration.ofHours(24);

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private TestJobs jobs;
    private ApplicationWatch applications;
    private Protections protections;
    private Database orders;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        jobs = new TestJobs(backups.catalog, clock);
        applications = new ApplicationWatch(backups.catalog.databaseFiles, new MetricsSettings(Duration.ofMinutes(1)));
        protections = new Protections(
                backups.catalog.catalog,
                backups.catalog.drills,
                backups.adopted,
                backups.catalog.node,
                applications,
                TestCopies.ages(backups.catalog, TestCopies.of(backups, Map.of())),
                backups.following.followers,
                new ProtectionSettings(MAX_AGE, null, false),
                clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void databaseWithoutAGoodSnapshotIsUnprotected() throws Exception {
        assertProtection(Protection.UNPROTECTED, "There is no good snapshot.");
        assertThat(protections.of(orders).age()).isNull();

        check(backups.run(orders), false);

        assertProtection(Protection.UNPROTECTED, "There is no good snapshot.");
        lastBackupFails();
        assertProtection(
                Protection.UNPROTECTED,
                "There is no good snapshot. The last backup failed with STORAGE_FULL: by the test");
    }

    @Test
    void databaseWhoseSnapshotGetsTooOldIsStale() throws Exception {
        var snapshot = backups.run(orders);
        clock.advance(MAX_AGE);
        assertProtection(Protection.PROTECTED, "The last good state is young enough.");
        clock.advance(Duration.ofMillis(1));
        assertProtection(Protection.STALE, "The last good state is older than it may be.");
        assertThat(protections.of(orders).lastGoodAt()).isEqualTo(snapshot.createdAt());
        assertThat(protections.of(orders).age()).isEqualTo(MAX_AGE.plusMillis(1));
    }

    @Test
    void ageThatADatabaseNamesGoesBeforeTheConfiguredOneUntilItIsTakenBack() throws Exception {
        backups.run(orders);
        clock.advance(Duration.ofHours(2));

        backups.catalog.databases.change(
                "orders", null, null, null, demands(new Databases.NewAge(Duration.ofHours(1)), null));
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.STALE);
        assertThat(protections.of(orders).maxAge()).isEqualTo(Duration.ofHours(1));

        backups.catalog.databases.change("orders", null, null, Map.of("a", "b"), Databases.NewDemands.NONE);
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.STALE);

        backups.catalog.databases.change("orders", null, null, null, demands(new Databases.NewAge(null), null));
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.PROTECTED);
        assertThat(protections.of(orders).maxAge()).isEqualTo(MAX_AGE);
    }

    /** Backups that prove less go on meanwhile. */
    @Test
    void databaseWhoseLastFullCheckGetsTooOldIsStaleUntilAnotherPasses() throws Exception {
        backups.catalog.databases.change(
                "orders", null, null, null, demands(null, new Databases.NewAge(Duration.ofHours(2))));
        var first = backups.run(orders);
        assertProtection(
                Protection.STALE,
                "The last FULL check of what the newest good snapshot is built on is older than it may be, or there was none.");
        check(first, true);
        clock.advance(Duration.ofHours(2));
        var second = backups.run(orders);
        assertProtection(Protection.PROTECTED, "The last good state is young enough.");
        assertThat(protections.of(orders).lastFullCheckAt()).isEqualTo(first.createdAt());
        clock.advance(Duration.ofMillis(1));
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.STALE);
        check(second, true);
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.PROTECTED);

        clock.advance(Duration.ofHours(3));
        backups.catalog.databases.change("orders", null, null, null, demands(null, new Databases.NewAge(null)));
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.PROTECTED);
        assertThat(protections.of(orders).maxFullCheckAge()).isNull();
    }

    @Test
    void databaseThatWasSeenUnchangedStaysProtected() throws Exception {
        var snapshot = backups.run(orders);
        clock.advance(MAX_AGE);
        var seenAt = clock.instant();
        backups.catalog.sightings.add(snapshot.id(), seenAt);
        clock.advance(MAX_AGE);
        assertProtection(Protection.PROTECTED, "The last good state is young enough.");
        assertThat(protections.of(orders).lastGoodAt()).isEqualTo(seenAt);
        clock.advance(Duration.ofMillis(1));
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.STALE);
    }

    @Test
    void databaseWhoseGoodSnapshotsAreAllLaterThanNowIsStale() throws Exception {
        clock.advance(Duration.ofDays(365));
        var future = backups.run(orders);
        clock.advance(Duration.ofDays(-365));

        assertProtection(
                Protection.STALE, "The last good state is later than now: a clock was wrong, its age is unknown.");
        assertThat(protections.of(orders).age()).isNull();
        assertThat(protections.of(orders).lastGoodAt()).isEqualTo(future.createdAt());

        backups.catalog.sightings.add(future.id(), clock.instant());
        assertProtection(Protection.PROTECTED, "The last good state is young enough.");

        clock.advance(MAX_AGE.plusMinutes(1));
        assertProtection(Protection.STALE, "The last good state is older than it may be.");
        var since = backups.run(orders);
        assertProtection(Protection.PROTECTED, "The last good state is young enough.");
        assertThat(protections.of(orders).lastGoodAt()).isEqualTo(since.createdAt());
    }

    @Test
    void sightingThatIsLaterThanNowDoesNotCount() throws Exception {
        var snapshot = backups.run(orders);
        backups.catalog.sightings.add(snapshot.id(), clock.instant().plus(Duration.ofDays(365)));
        clock.advance(MAX_AGE.plusMillis(1));
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.STALE);
        backups.catalog.sightings.add(snapshot.id(), clock.instant());
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.PROTECTED);
    }

    @Test
    void databaseWhoseLastBackupFailedIsFailingUntilOneSucceeds() throws Exception {
        backups.run(orders);
        lastBackupFails();
        assertProtection(Protection.FAILING, "The last backup failed with STORAGE_FULL: by the test");
        submit();
        jobs.succeed(jobs.begin());
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.PROTECTED);
    }

    @Test
    void databaseWhoseNewestSnapshotIsQuarantinedIsFailing() throws Exception {
        backups.run(orders);
        clock.advance(Duration.ofMinutes(1));
        check(backups.run(orders), false);
        assertProtection(Protection.FAILING, "The newest snapshot is quarantined.");
    }

    @Test
    void databaseWhoseLastDrillFailedIsFailingUntilACheckMakesUpForIt() throws Exception {
        var snapshot = backups.run(orders);
        backups.catalog.drills.add(new DrillResult(
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
                List.of(),
                List.of()));
        assertProtection(Protection.FAILING, "The last drill failed, and nothing has made up for it since.");
        clock.advance(Duration.ofSeconds(1));
        check(snapshot, true);
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.PROTECTED);
    }

    @Test
    void allTellsOfEachRegisteredDatabaseByName() throws Exception {
        backups.run(orders);
        var billing = backups.database("billing", "CREATE TABLE t (v)");
        backups.catalog.databases.remove(backups.database("gone", "CREATE TABLE t (v)"));
        assertThat(protections.all()).containsExactly(protections.of(billing), protections.of(orders));
        assertThat(protections.all())
                .extracting(DatabaseProtection::protection)
                .containsExactly(Protection.UNPROTECTED, Protection.PROTECTED);
    }

    @Test
    void healthNamesThoseThatAreNotProtectedAndCountsAll() throws Exception {
        backups.run(orders);
        var health = new ProtectionHealth(protections, clock);
        assertThat(health.health().getStatus().getCode()).isEqualTo("UP");
        backups.database("billing", "CREATE TABLE t (v)");
        var told = health.health();
        assertThat(told.getStatus()).isEqualTo(ProtectionHealth.NOT_PROTECTED);
        assertThat(told.getDetails())
                .containsEntry("notProtected", List.of("billing"))
                .containsEntry("counts", Map.of(Protection.UNPROTECTED, 1L, Protection.PROTECTED, 1L));
    }

    @Test
    void healthWithoutDetailsIsAFewSecondsOldAndWithThemOfTheMoment() throws Exception {
        backups.run(orders);
        var health = new ProtectionHealth(protections, clock);
        assertThat(health.health(false).getStatus().getCode()).isEqualTo("UP");
        backups.database("billing", "CREATE TABLE t (v)");

        assertThat(health.health(true).getStatus()).isEqualTo(ProtectionHealth.NOT_PROTECTED);
        assertThat(health.health(false).getStatus().getCode()).isEqualTo("UP");
        clock.advance(ProtectionHealth.STATUS_HOLDS);
        assertThat(health.health(false).getStatus()).isEqualTo(ProtectionHealth.NOT_PROTECTED);
        assertThat(health.health(false).getDetails()).isEmpty();

        backups.run(backups.catalog.databases.get("billing"));
        clock.advance(Duration.ofSeconds(-1));
        assertThat(health.health(false).getStatus().getCode())
                .as("a clock that goes back")
                .isEqualTo("UP");
    }

    @Test
    void databaseThatHasLostMostOfWhatItHeldIsCollapsedUntilThatIsAcknowledged() throws Exception {
        backups.run(orders);
        TestBackups.execute(orders.path(), "DROP TABLE t");
        clock.advance(Duration.ofSeconds(1));
        var collapsed = backups.run(orders);
        clock.advance(Duration.ofSeconds(1));
        backups.run(orders);

        assertProtection(
                Protection.COLLAPSED,
                "Most of what the database held was gone in a snapshot, and nobody has acknowledged that.");

        backups.catalog.collapses.acknowledge(orders, collapsed.id());
        assertProtection(Protection.PROTECTED, "The last good state is young enough.");
    }

    /** What a backup would find out, without one. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void databaseWhoseWalWasDeletedUnderTheApplicationIsFailingUntilThatHasEnded() throws Exception {
        TestBackups.execute(orders.path(), "PRAGMA journal_mode = WAL");
        backups.run(orders);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", orders.path())) {
            application.awaitLine("obeying");
            assertThat(application.ask("INSERT INTO t VALUES (1)")).isEqualTo("done");
            applications.look();
            assertThat(protections.of(orders).protection()).isEqualTo(Protection.PROTECTED);
            Files.delete(Path.of(orders.path() + "-wal"));
            applications.look();
            assertThat(protections.of(orders).protection()).isEqualTo(Protection.FAILING);
            assertThat(protections.of(orders).reason()).contains("APPLICATION_ELSEWHERE");
        }
        applications.look();
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.PROTECTED);
    }

    /** As {@code of} tells it, and {@code all}. */
    private void assertProtection(Protection protection, String reason) {
        var told = protections.of(orders);
        assertThat(told.protection()).isEqualTo(protection);
        assertThat(told.reason()).isEqualTo(reason);
        assertThat(protections.all()).containsExactly(told);
    }

    private void lastBackupFails() {
        submit();
        jobs.fail(jobs.begin());
    }

    private void submit() {
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.AUTO, Map.of(), 0);
        var spec = new JobSpec.Backup(orders.id(), plan, VerifyLevel.NONE, Duration.ofMinutes(1));
        jobs.jobs.submit(new Submission(spec, List.of("orders"), Priority.NORMAL, null, null));
    }

    private static Databases.NewDemands demands(
            Databases.@Nullable NewAge maxAge, Databases.@Nullable NewAge maxFullCheckAge) {
        return new Databases.NewDemands(maxAge, maxFullCheckAge, null);
    }

    private void check(Snapshot snapshot, boolean passed) {
        var now = clock.instant();
        backups.catalog.checks.add(
                new SnapshotCheck(TimeOrderedId.next(clock), snapshot.id(), "FULL", passed, now, now, List.of()));
    }

    @Test
    void ofWhenACopyIsRequiredIsStaleUntilOneHasTheSnapshot() throws Exception {
        var copies = TestCopies.of(backups, Map.of("disk", dir.resolve("elsewhere")));
        var requiring = protections(copies, true);
        backups.run(orders);

        var before = requiring.of(orders);
        TestCopies.copying(backups, copies, clock).run("disk", Copying.Extent.ALL, PageProgress.NONE);

        assertThat(before.protection()).isEqualTo(Protection.STALE);
        assertThat(before.reason()).contains("No copy of the repository");
        assertThat(requiring.of(orders).protection()).isEqualTo(Protection.PROTECTED);
        assertThat(protections.of(orders).protection()).isEqualTo(Protection.PROTECTED);
    }

    @Test
    void ofWhenTheDatabaseItselfNeedsACopyIsStaleUntilOneHasTheSnapshotAndTellsWhatCopiesHave() throws Exception {
        var copies = TestCopies.of(backups, Map.of("disk", dir.resolve("elsewhere"), "usb", dir.resolve("usb")));
        var judging = protections(copies, false);
        var stock = backups.database("stock", "CREATE TABLE t (v)");
        backups.run(orders);
        backups.run(stock);
        needsCopy("orders", true);

        assertThat(judging.of(orders).protection()).isEqualTo(Protection.STALE);
        assertThat(judging.of(stock).protection()).isEqualTo(Protection.PROTECTED);

        TestCopies.copying(backups, copies, clock).run("disk", Copying.Extent.ALL, PageProgress.NONE);
        clock.advance(Duration.ofMinutes(5));
        var copied = judging.of(orders);
        assertThat(copied.protection()).isEqualTo(Protection.PROTECTED);
        assertThat(copied.copies())
                .satisfiesExactly(
                        disk -> {
                            assertThat(disk.copy()).isEqualTo("disk");
                            assertThat(disk.state()).isEqualTo(CopyStates.State.CURRENT);
                            assertThat(disk.age()).isEqualTo(Duration.ofMinutes(5));
                        },
                        usb -> {
                            assertThat(usb.state()).isEqualTo(CopyStates.State.BEHIND);
                            assertThat(usb.newestSnapshot()).isNull();
                        });

        var newest = backups.run(orders);
        assertThat(judging.of(orders).copies().getFirst().state()).isEqualTo(CopyStates.State.BEHIND);
        assertThat(judging.of(orders).copies().getFirst().newestSnapshot()).isNotEqualTo(newest.id());
    }

    @Test
    void ofWhenTheDatabaseItselfNeedsNoCopyIsProtectedWithoutOneWhereOthersAreStale() throws Exception {
        var judging = protections(TestCopies.of(backups, Map.of("disk", dir.resolve("elsewhere"))), true);
        backups.run(orders);
        needsCopy("orders", false);
        assertThat(judging.of(orders).protection()).isEqualTo(Protection.PROTECTED);

        needsCopy("orders", null);
        assertThat(judging.of(orders).protection()).isEqualTo(Protection.STALE);
    }

    private void needsCopy(String database, @Nullable Boolean required) {
        backups.catalog.databases.change(
                database, null, null, null, new Databases.NewDemands(null, null, new Databases.NewCopyNeed(required)));
    }

    private Protections protections(Copies copies, boolean requireCopy) {
        return new Protections(
                backups.catalog.catalog,
                backups.catalog.drills,
                backups.adopted,
                backups.catalog.node,
                applications,
                TestCopies.ages(backups.catalog, copies),
                backups.following.followers,
                new ProtectionSettings(MAX_AGE, null, requireCopy),
                clock);
    }
}
