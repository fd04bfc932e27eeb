package dev.afterimage.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.Method;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.check.DrillChoice;
import dev.afterimage.check.TestCheck;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobFilter;
import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.TestJobs;
import dev.afterimage.notify.Heartbeats;
import dev.afterimage.notify.TestNotify;
import dev.afterimage.schedule.ScheduleRun.SkipReason;
import dev.afterimage.schedule.ScheduleRun.State;
import dev.afterimage.sqlite.check.CheckLevel;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DueRunsTests {

    private static final ScheduledWork.Backup NIGHTLY =
            new ScheduledWork.Backup(Method.AUTO, VerifyLevel.QUICK, false, Map.of("reason", "nightly"));

    private final TestClock clock = new TestClock(); // 2026-03-01T12:00:00Z

    @TempDir
    Path dir;

    private TestBackups backups;
    private TestJobs queue;
    private Schedules schedules;
    private ScheduleRuns runs;
    private NextRuns nextRuns;
    private DueRuns dueRuns;
    private Heartbeats heartbeats;
    private Database orders;

    @BeforeEach
    void open() throws Exception {
        backups = new TestBackups(dir, clock);
        var catalog = backups.catalog;
        queue = new TestJobs(catalog, clock);
        nextRuns = new NextRuns(catalog.catalog, catalog.node, clock);
        schedules = new Schedules(catalog.catalog, nextRuns, clock);
        runs = new ScheduleRuns(catalog.catalog, clock);
        var decisions = new Decisions(
                backups.unchanged,
                TestCheck.fullChecks(backups, clock),
                catalog.drills,
                queue.jobs,
                queue.settings,
                clock);
        heartbeats = TestNotify.heartbeats(catalog, clock);
        var submissions = new RunSubmissions(catalog.databases, schedules, runs, decisions, queue.jobs, heartbeats);
        dueRuns = new DueRuns(catalog.catalog, schedules, nextRuns, runs, submissions, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
    }

    @AfterEach
    void close() {
        backups.close();
    }

    @Test
    void dispatchWhenDueSubmitsTheBackupOfTheSchedule() {
        schedules.put(orders.id(), daily(NIGHTLY));
        dueRuns.dispatch();
        assertThat(jobs()).isEmpty();

        clock.advance(Duration.ofHours(12));
        dueRuns.dispatch();
        dueRuns.dispatch();

        assertThat(jobs()).singleElement().satisfies(job -> {
            assertThat(job.databases()).containsExactly("orders");
            assertThat(job.priority()).isEqualTo(Priority.LOW);
            var spec = (JobSpec.Backup) job.spec();
            assertThat(spec.databaseId()).isEqualTo(orders.id());
            assertThat(spec.verify()).isEqualTo(VerifyLevel.QUICK);
            assertThat(spec.plan().labels()).isEqualTo(Map.of("reason", "nightly"));
            assertThat(spec.deadline()).isEqualTo(queue.settings.deadline());
        });
        assertThat(runs()).singleElement().satisfies(run -> {
            assertThat(run.dueAt()).isEqualTo(Instant.parse("2026-03-02T00:00:00Z"));
            assertThat(run.state()).isEqualTo(State.SUBMITTED);
            assertThat(run.jobId()).isEqualTo(jobs().getFirst().id());
        });
        assertThat(nextRun()).isEqualTo(Instant.parse("2026-03-03T00:00:00Z"));
    }

    @Test
    void scheduleThatCannotBeReadIsSkippedAlone() throws Exception {
        var users = backups.database("users", "CREATE TABLE t (v)");
        schedules.put(orders.id(), hourly(NIGHTLY));
        schedules.put(users.id(), hourly(NIGHTLY));
        backups.catalog
                .catalog
                .update("UPDATE schedule SET work = '{\"kind\": \"REPLICATE\"}' WHERE database_id = :id")
                .param("id", orders.id().toString())
                .update();
        backups.catalog
                .catalog
                .update("INSERT INTO next_run (database_id, kind, due_at) VALUES (:id, 'REPLICATION', 1)")
                .param("id", orders.id().toString())
                .update();
        clock.advance(Duration.ofHours(1));
        dueRuns.dispatch();
        assertThat(jobs())
                .singleElement()
                .satisfies(job -> assertThat(job.databases()).containsExactly("users"));
        assertThat(runs()).singleElement().satisfies(run -> {
            assertThat(run.reason()).isEqualTo(SkipReason.REFUSED);
            assertThat(run.detail()).contains("cannot be read by this version");
        });
        schedules.put(orders.id(), hourly(NIGHTLY));
        clock.advance(Duration.ofHours(1));
        dueRuns.dispatch();
        assertThat(jobs().stream().flatMap(job -> job.databases().stream())).contains("orders");
    }

    @Test
    void dispatchAfterTimesThatPassedUnnoticedMakesOneRun() {
        schedules.put(orders.id(), hourly(NIGHTLY));
        clock.advance(Duration.ofHours(100));
        dueRuns.dispatch();
        assertThat(jobs()).hasSize(1);
        assertThat(runs())
                .singleElement()
                .satisfies(run -> assertThat(run.dueAt()).isEqualTo(Instant.parse("2026-03-01T13:00:00Z")));
        assertThat(nextRun()).isEqualTo(clock.instant().plus(Duration.ofHours(1)));
    }

    @Test
    void dispatchWhenTheRunBeforeStillRunsSkipsAndTellsWhy() {
        schedules.put(orders.id(), hourly(NIGHTLY));
        nextHour();
        nextHour();
        assertThat(lastRun().state()).isEqualTo(State.SKIPPED);
        assertThat(lastRun().reason()).isEqualTo(SkipReason.STILL_RUNNING);
        assertThat(lastRun().detail()).contains(jobs().getFirst().id().toString(), "QUEUED");

        var running = queue.begin();
        nextHour();
        assertThat(lastRun().detail()).contains("RUNNING");

        queue.succeed(running);
        nextHour();
        assertThat(lastRun().state()).isEqualTo(State.SUBMITTED);
        assertThat(jobs()).hasSize(2);
    }

    @Test
    void dispatchWhenAnotherJobOfTheDatabaseWaitsSubmits() throws Exception {
        schedules.put(orders.id(), hourly(NIGHTLY));
        var users = backups.database("users", "CREATE TABLE t (v)");
        schedules.put(users.id(), hourly(NIGHTLY));
        nextHour();
        assertThat(jobs()).hasSize(2);
    }

    @Test
    void takeUpWhenAProcessDiedBeforeItSubmittedSubmitsOnce() {
        schedules.put(orders.id(), hourly(NIGHTLY));
        // As left by a process that died after the claim's transaction.
        var dueAt = clock.instant();
        runs.add(orders.id(), ScheduleKind.BACKUP, dueAt);
        dueRuns.takeUp();
        dueRuns.takeUp();
        assertThat(jobs()).hasSize(1);
        assertThat(lastRun().state()).isEqualTo(State.SUBMITTED);
    }

    @Test
    void takeUpWhenAProcessDiedAfterItSubmittedFindsTheJob() {
        schedules.put(orders.id(), hourly(NIGHTLY));
        nextHour();
        var job = jobs().getFirst();
        // As it was before the decision was noted.
        backups.catalog
                .catalog
                .update("UPDATE schedule_run SET state = 'DUE', job_id = NULL")
                .update();
        dueRuns.takeUp();
        assertThat(jobs()).hasSize(1);
        assertThat(lastRun().state()).isEqualTo(State.SUBMITTED);
        assertThat(lastRun().jobId()).isEqualTo(job.id());
    }

    @Test
    void dispatchWhenNothingChangedMakesNoSnapshot() throws Exception {
        schedules.put(orders.id(), hourly(new ScheduledWork.Backup(Method.AUTO, VerifyLevel.NONE, true, Map.of())));
        heartbeats.put(orders.id(), URI.create("http://192.0.2.1/"));
        backups.run(orders); // its file is too young by the test's clock to be recognised later unless that is ahead
        clock.advance(Duration.between(clock.instant(), Instant.now().plus(Duration.ofDays(1))));
        dueRuns.dispatch();
        queue.succeed(queue.begin());
        var snapshot = backups.run(orders);
        assertThat(heartbeats.get(orders).nextAttemptAt()).isNull();

        nextHour();
        assertThat(heartbeats.get(orders).nextAttemptAt())
                .as("nothing had to be done, which is as good as a backup")
                .isEqualTo(clock.instant().truncatedTo(ChronoUnit.MILLIS));
        assertThat(lastRun().reason()).isEqualTo(SkipReason.UNCHANGED);
        assertThat(lastRun().detail()).contains(snapshot.id().toString());
        assertThat(backups.catalog.sightings.last(List.of(snapshot.id())))
                .containsEntry(snapshot.id(), clock.instant().truncatedTo(ChronoUnit.MILLIS));
        assertThat(jobs()).hasSize(1);

        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (1)");
        nextHour();
        assertThat(lastRun().state()).isEqualTo(State.SUBMITTED);
    }

    @Test
    void dispatchWhenNothingChangedButTheSnapshotWasNotCheckedSubmits() {
        clock.advance(Duration.between(clock.instant(), Instant.now().plus(Duration.ofDays(1))));
        backups.run(orders);
        schedules.put(orders.id(), hourly(new ScheduledWork.Backup(Method.AUTO, VerifyLevel.FULL, true, Map.of())));
        nextHour();
        assertThat(lastRun().state()).isEqualTo(State.SUBMITTED);
    }

    @Test
    void dispatchWhenNothingChangedButTheLastBackupFailedSubmits() {
        clock.advance(Duration.between(clock.instant(), Instant.now().plus(Duration.ofDays(1))));
        backups.run(orders);
        schedules.put(orders.id(), hourly(NIGHTLY));
        nextHour();
        queue.fail(queue.begin());
        schedules.put(orders.id(), hourly(new ScheduledWork.Backup(Method.AUTO, VerifyLevel.NONE, true, Map.of())));
        nextHour();
        assertThat(lastRun().state()).isEqualTo(State.SUBMITTED);
    }

    @ParameterizedTest
    @EnumSource
    void dispatchWhenADrillIsDueSubmitsItBesideTheBackup(DrillChoice choice) {
        schedules.put(orders.id(), hourly(NIGHTLY));
        schedules.put(orders.id(), hourly(new ScheduledWork.Drill(choice, CheckLevel.QUICK, null, List.of())));
        nextHour();
        var skipped = runs.last(orders.id(), ScheduleKind.DRILL).orElseThrow();
        assertThat(skipped.reason()).isEqualTo(SkipReason.NO_SNAPSHOT);
        assertThat(lastRun().state()).isEqualTo(State.SUBMITTED);

        backups.run(orders);
        nextHour();
        assertThat(lastRun().reason()).isEqualTo(SkipReason.STILL_RUNNING);
        var drill = runs.last(orders.id(), ScheduleKind.DRILL).orElseThrow();
        assertThat(queue.jobs.get(drill.jobId()).spec())
                .isEqualTo(new JobSpec.Drill(
                        orders.id(), choice, null, CheckLevel.QUICK, null, List.of(), queue.settings.deadline()));
    }

    @Test
    void aDefaultScheduleIsOfAllWithoutOneOfTheirOwn() throws Exception {
        schedules.put(orders.id(), paused());
        var users = backups.database("users", "CREATE TABLE t (v)");
        schedules.putDefault(hourly(NIGHTLY));
        var later = backups.database("later", "CREATE TABLE t (v)");
        schedules.complete();
        nextHour();
        assertThat(jobs()).flatMap(Job::databases).containsExactlyInAnyOrder("users", "later");
        assertThat(schedules.get(users, ScheduleKind.BACKUP).inherited()).isTrue();
        assertThat(schedules.get(orders, ScheduleKind.BACKUP).inherited()).isFalse();

        schedules.remove(orders, ScheduleKind.BACKUP);
        schedules.removeDefault(ScheduleKind.BACKUP);
        nextHour();
        assertThat(jobs()).hasSize(2);
        assertThat(schedules.find(later.id(), ScheduleKind.BACKUP)).isEmpty();
    }

    @Test
    void aRemovedDatabaseIsNotDueAndDueAgainWhenItIsRegisteredAgain() {
        schedules.put(orders.id(), hourly(NIGHTLY));
        backups.catalog.databases.remove(orders);
        nextHour();
        schedules.complete();
        assertThat(jobs()).isEmpty();

        backups.catalog.databases.add("orders", orders.path(), Map.of());
        dueRuns.dispatch();
        assertThat(jobs()).as("what passed while it was not registered").isEmpty();
        schedules.complete();
        nextHour();
        assertThat(jobs()).hasSize(1);
    }

    @Test
    void putWithTheSameTimingKeepsWhatIsDue() {
        schedules.put(orders.id(), hourly(NIGHTLY));
        clock.advance(Duration.ofHours(1));
        schedules.put(orders.id(), hourly(new ScheduledWork.Backup(Method.ONLINE, VerifyLevel.NONE, false, Map.of())));
        dueRuns.dispatch();
        assertThat(jobs())
                .singleElement()
                .satisfies(
                        job -> assertThat(((JobSpec.Backup) job.spec()).plan().method())
                                .isEqualTo(Method.ONLINE));
    }

    @Test
    void dispatchAfterAClockThatWasAheadGoesOnByTheRightOne() throws Exception {
        schedules.put(orders.id(), hourly(NIGHTLY));
        schedules.put(backups.database("users", "CREATE TABLE t (v)").id(), daily(NIGHTLY));
        dueRuns.dispatch();
        clock.advance(Duration.ofDays(365));
        dueRuns.dispatch();
        assertThat(jobs()).hasSize(2);

        clock.advance(Duration.ofDays(-365).plusMinutes(1));
        dueRuns.dispatch();

        assertThat(nextRun()).isEqualTo(Instant.parse("2026-03-01T13:00:00Z"));
        queue.succeed(queue.begin());
        queue.succeed(queue.begin());
        nextHour();
        assertThat(jobs()).hasSize(3);
    }

    @Test
    void dispatchOfAProcessThatStartsPutsRightWhatAClockHadLeftThatWasAhead() {
        clock.advance(Duration.ofDays(365));
        schedules.put(orders.id(), hourly(NIGHTLY));
        clock.advance(Duration.ofDays(-365));

        dueRuns.dispatch();

        assertThat(nextRun()).isEqualTo(Instant.parse("2026-03-01T13:00:00Z"));
    }

    /** Keys of clients are printable and without a space. */
    @Test
    void dispatchSubmitsUnderAKeyThatNoClientCanHave() {
        schedules.put(orders.id(), hourly(NIGHTLY));
        nextHour();
        var key = backups.catalog
                .catalog
                .query("SELECT idempotency_key FROM job")
                .query(String.class)
                .single();
        assertThat(key).isEqualTo("schedule " + lastRun().id());
    }

    @Test
    void onlyTheLatestRunsAreRemembered() {
        for (int i = 0; i <= ScheduleRuns.KEPT; i++) {
            runs.add(orders.id(), ScheduleKind.BACKUP, Instant.ofEpochSecond(i));
        }
        var kept = runs.list(orders.id(), ScheduleKind.BACKUP, null, 1_000).items();
        assertThat(kept).hasSize(ScheduleRuns.KEPT);
        assertThat(kept.getLast().dueAt()).isEqualTo(Instant.ofEpochSecond(1));
    }

    private void nextHour() {
        clock.advance(Duration.ofHours(1));
        dueRuns.dispatch();
    }

    private List<Job> jobs() {
        return queue.jobs
                .list(new JobFilter(null, JobKind.BACKUP, null), null, 100)
                .items();
    }

    private List<ScheduleRun> runs() {
        return runs.list(orders.id(), ScheduleKind.BACKUP, null, 100).items();
    }

    private ScheduleRun lastRun() {
        return runs.last(orders.id(), ScheduleKind.BACKUP).orElseThrow();
    }

    private Instant nextRun() {
        return nextRuns.find(orders.id(), ScheduleKind.BACKUP).orElseThrow();
    }

    private static Schedule daily(ScheduledWork work) {
        return schedule("@daily", work, false);
    }

    private static Schedule hourly(ScheduledWork work) {
        return schedule("@hourly", work, false);
    }

    private static Schedule paused() {
        return schedule("@hourly", NIGHTLY, true);
    }

    private static Schedule schedule(String cron, ScheduledWork work, boolean paused) {
        return new Schedule(new Timing(Cron.parse(cron), ZoneId.of("UTC"), Duration.ZERO, paused), work);
    }
}
