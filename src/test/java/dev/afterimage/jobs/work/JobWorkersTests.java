package dev.afterimage.jobs.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.check.TestCheck;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.copies.TestCopies;
import dev.afterimage.hook.AroundBackup;
import dev.afterimage.hook.During;
import dev.afterimage.hook.HookSettings;
import dev.afterimage.jobs.metrics.JobSpans;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobClaims;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobRoom;
import dev.afterimage.jobs.queue.JobSettings;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.jobs.queue.Leases;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.QueueSettings;
import dev.afterimage.jobs.queue.RunningJobs;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.lifecycle.ShutdownSettings;
import dev.afterimage.lifecycle.StopTime;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.repair.TestRepair;
import dev.afterimage.restore.TestRestore;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.capture.Scan;
import io.micrometer.tracing.Tracer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;

class JobWorkersTests {

    private static final long SLOW = 65_536; // bytes per second: the database below takes half a minute
    private static final String[] ROWS = {
        "CREATE TABLE t (v TEXT)",
        "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
                + " SELECT hex(randomblob(50)) FROM n"
    };

    private final Clock clock = Clock.systemUTC();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Jobs jobs;
    private Process process;

    /** All that one running service has of its own; another one on the same catalog stands for the next start. */
    private final class Process {
        final JobFeed feed = new JobFeed();
        final JobWorkers workers;
        final Leases leases;
        final AfterHooks afterHooks;

        Process(Duration shutdownGrace) {
            this(shutdownGrace, new HookSettings(Map.of()));
        }

        Process(Duration shutdownGrace, HookSettings hooks) {
            var settings = new JobSettings(2, Duration.ofMinutes(1), Duration.ofSeconds(30), Duration.ofDays(90));
            var stopTime = new StopTime(new ShutdownSettings(shutdownGrace));
            var catalog = backups.catalog;
            var copies = TestCopies.of(backups, Map.of());
            var claims = new JobClaims(catalog.catalog, feed, catalog.node, settings, clock);
            var restore = TestRestore.on(backups);
            var check = TestCheck.on(backups, clock);
            var targets = new RestoredTargets(catalog.catalog, catalog.node);
            var safetySnapshots = new SafetySnapshots(
                    backups.backup, backups.importing, catalog.snapshots, TestRemoval.on(backups), restore, clock);
            var work = new JobWork(
                    backups.adopted,
                    new BackupWork(
                            backups.backup,
                            backups.groupBackup,
                            backups.commands(hooks),
                            backups.freezing,
                            TestCheck.verification(backups, clock)),
                    new ImportWork(backups.importFiles, backups.importing, check),
                    new RestoreWork(
                            catalog.snapshots, restore, safetySnapshots, targets, backups.following.followers, clock),
                    new CheckWork(
                            check, TestCheck.drill(backups, clock), catalog.databases, catalog.snapshots, backups.logs),
                    new RepositoryWork(
                            TestCheck.ofRepository(backups, clock),
                            backups.rebuild,
                            TestRemoval.prune(backups, clock),
                            TestCopies.copying(backups, copies, clock),
                            TestRepair.on(backups, backups.repository, clock)),
                    new JobRoom(catalog.reserve));
            var owedHooks = new OwedHooks(catalog.catalog, catalog.node, clock);
            afterHooks = new AfterHooks(hooks, catalog.databases, owedHooks, clock);
            var runner = new JobRunner(
                    work,
                    new BackupHooks(hooks, catalog.databases, owedHooks, afterHooks),
                    new JobLeftovers(restore, targets, safetySnapshots, TestRemoval.on(backups)),
                    TestCheck.quarantines(backups, clock),
                    new JobSpans(Tracer.NOOP),
                    clock);
            var running = new RunningJobs();
            workers = new JobWorkers(claims, runner, running, feed, settings, copies, stopTime, catalog.node);
            jobs = new Jobs(catalog.catalog, feed, running, catalog.node, new QueueSettings(10_000, 1_000), clock);
            leases = new Leases(claims, jobs, running, settings);
        }

        void start() {
            workers.start();
            leases.start();
        }

        void stop() {
            workers.stop();
            leases.stop();
        }
    }

    @BeforeEach
    void startService() {
        backups = new TestBackups(dir, clock);
        process = new Process(Duration.ZERO);
        process.start();
    }

    @AfterEach
    void stopService() {
        if (process.workers.isRunning()) {
            process.stop();
        }
        backups.close();
    }

    @Test
    void aBackupIsCheckedBeforeItIsASuccess() throws Exception {
        var job = ended(backup(backups.database("orders", ROWS), 0, Duration.ofMinutes(1)));
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        var snapshotId = UUID.fromString((String) job.result().get("snapshotId"));
        assertThat(backups.catalog.checks.list(snapshotId)).hasSize(1);
        assertThat(job.progress().percent()).isEqualTo(100);
        assertThat(backups.catalog.node.staging()).isEmptyDirectory();
    }

    @Test
    void whatIsLoggedBearsTheJobOnlyWhileItRuns() throws Exception {
        record Logged(UUID job, Map<String, String> names) {}
        var atStart = new CopyOnWriteArrayList<Logged>();
        var atEnd = new CopyOnWriteArrayList<Logged>();
        process.feed.onChange(
                id -> { // hears of the claim and of the end on the worker's thread
                    if (Thread.currentThread().getName().startsWith("job-worker-")) {
                        boolean runs = jobs.get(id).state() == JobState.RUNNING;
                        (runs ? atStart : atEnd).add(new Logged(id, names()));
                    }
                });
        var database = backups.database("orders", ROWS);
        var ids = new ArrayList<UUID>();
        for (int i = 0; i < 3; i++) { // more than workers
            ids.add(ended(backup(database, 0, Duration.ofMinutes(1))).id());
        }

        await().until(() -> atEnd.size() == ids.size());
        assertThat(atStart).extracting(Logged::job).containsExactlyElementsOf(ids);
        assertThat(atStart).allSatisfy(logged -> assertThat(logged.names()).isEmpty());
        assertThat(atEnd)
                .allSatisfy(logged -> assertThat(logged.names())
                        .isEqualTo(Map.of("job", logged.job().toString(), "kind", "BACKUP", "database", "orders")));
    }

    private static Map<String, String> names() {
        return Objects.requireNonNullElse(MDC.getCopyOfContextMap(), Map.of());
    }

    @Test
    void aRunningJobTellsItsProgressAndCanBeCancelled() throws Exception {
        var database = backups.database("orders", ROWS);
        var id = backup(database, SLOW, Duration.ofMinutes(1));
        await().until(() ->
                jobs.get(id).progress() != null && jobs.get(id).progress().pagesDone() > 0);
        assertThat(jobs.get(id).phase()).isEqualTo("CAPTURING");
        var waiting = backup(database, 0, Duration.ofMinutes(1));
        assertThat(jobs.get(waiting).state()).as("one job per database").isEqualTo(JobState.QUEUED);
        jobs.cancel(id);
        assertThat(ended(id).state()).isEqualTo(JobState.CANCELLED);
        assertThat(ended(waiting).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void aLockedSourceIsTriedAgainUntilItIsFree() throws Exception {
        var database = backups.database("orders", ROWS);
        UUID id;
        try (var writer = DriverManager.getConnection("jdbc:sqlite:" + database.path())) {
            writer.createStatement().execute("BEGIN EXCLUSIVE");
            id = backup(database, 0, Duration.ofMinutes(1));
            await().until(() -> jobs.get(id).problem() != null);
            assertThat(jobs.get(id).state()).isEqualTo(JobState.QUEUED);
            assertThat(jobs.get(id).problem().code()).isEqualTo(ProblemCode.SOURCE_LOCKED);
            var other = backup(backups.database("users", ROWS), 0, Duration.ofMinutes(1));
            assertThat(ended(other).state()).as("workers are free meanwhile").isEqualTo(JobState.SUCCEEDED);
        }
        assertThat(ended(id).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(jobs.get(id).attempt()).isEqualTo(1);
    }

    @Test
    void aLockedSourceFailsTheJobAtItsDeadline() throws Exception {
        var database = backups.database("orders", ROWS);
        try (var writer = DriverManager.getConnection("jdbc:sqlite:" + database.path())) {
            writer.createStatement().execute("BEGIN EXCLUSIVE");
            var job = ended(backup(database, 0, Duration.ofSeconds(1)));
            assertThat(job.state()).isEqualTo(JobState.FAILED);
            assertThat(job.problem().code()).isEqualTo(ProblemCode.SOURCE_LOCKED);
            assertThat(job.problem().properties().get("holders").toString())
                    .contains(String.valueOf(ProcessHandle.current().pid()));
            var spent = Duration.between(job.startedAt(), job.finishedAt());
            assertThat(spent).as("it did wait").isGreaterThanOrEqualTo(Duration.ofSeconds(1));
        }
        assertThat(backups.repository.snapshotIds(database.id())).isEmpty();
        assertThat(backups.catalog.node.staging()).isEmptyDirectory();
    }

    @Test
    void stopHandsRunningJobsBackAndTheNextStartFinishesThem() throws Exception {
        var database = backups.database("orders", ROWS);
        var id = backup(database, SLOW, Duration.ofMinutes(1));
        await().until(() -> jobs.get(id).progress() != null);
        process.stop();
        assertThat(jobs.get(id).state()).isEqualTo(JobState.QUEUED);
        assertThat(backups.catalog.node.staging()).isEmptyDirectory();
        jobs.cancel(id);
        var next = backup(database, 0, Duration.ofMinutes(1));
        process = new Process(Duration.ofSeconds(30));
        process.start();
        assertThat(ended(next).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(jobs.get(next).attempt()).isEqualTo(1);
    }

    @Test
    void startTakesUpJobsOfADeadProcessAndLeavesStagingToRequestsThatCameFirst() throws Exception {
        var database = backups.database("orders", ROWS);
        process.stop();
        var id = backup(database, 0, Duration.ofMinutes(1));
        var dead = new JobClaims(
                backups.catalog.catalog,
                new JobFeed(),
                backups.catalog.node,
                new JobSettings(1, Duration.ofMinutes(1), Duration.ofDays(1), Duration.ofDays(90)),
                clock);
        assertThat(dead.claim()).map(Job::id).contains(id);
        var ofARequest = Files.createFile(backups.catalog.node.staging().resolve("look-1.db"));
        process = new Process(Duration.ZERO);
        process.start();
        assertThat(ended(id).state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(jobs.get(id).attempt()).isEqualTo(2);
        assertThat(backups.catalog.node.staging()).isDirectoryContaining(ofARequest::equals);
    }

    @Test
    void aJobThatFailsDoesNotStopItsWorker() throws Exception {
        var database = backups.database("orders", ROWS);
        var missing = backups.database("missing", ROWS);
        Files.delete(missing.path());
        for (int i = 0; i < 3; i++) {
            assertThat(ended(backup(missing, 0, Duration.ZERO)).problem().code())
                    .isEqualTo(ProblemCode.SOURCE_UNREADABLE);
        }
        assertThat(ended(backup(database, 0, Duration.ZERO)).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void hooksRunAroundABackupAndHearOfIt() throws Exception {
        var told = dir.resolve("told");
        var script = "echo $0 $AFTERIMAGE_DATABASE $AFTERIMAGE_PATH $AFTERIMAGE_JOB $AFTERIMAGE_STATE"
                + " $AFTERIMAGE_SNAPSHOT >> " + told;
        startWithHooks(hook(script, "before"), hook(script + "; exit 5", "after"));
        var database = backups.database("orders", ROWS);
        var job = ended(backup(database, 0, Duration.ZERO));

        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        var facts = "orders %s %s ".formatted(database.path(), job.id());
        assertThat(told)
                .hasContent("before " + facts + "RUNNING\nafter " + facts + "SUCCEEDED "
                        + job.result().get("snapshotId"));
        assertThat((List<?>) job.result().get("notes"))
                .singleElement()
                .asString()
                .contains("code 5");
        assertThat(job.progress().percent()).isEqualTo(100);
    }

    @Test
    void aBackupWhoseHookBeforeFailsReadsNothingAndStillRunsTheOneAfter() throws Exception {
        var told = dir.resolve("told");
        startWithHooks(hook("echo not now; exit 1", "before"), hook("echo $AFTERIMAGE_STATE >> " + told, "after"));
        var database = backups.database("orders", ROWS);
        var job = ended(backup(database, 0, Duration.ofMinutes(1)));

        assertThat(job.state()).isEqualTo(JobState.FAILED);
        assertThat(job.problem().code()).isEqualTo(ProblemCode.HOOK_FAILED);
        assertThat(job.problem().properties()).containsEntry("output", "not now\n");
        assertThat(backups.repository.snapshotIds(database.id())).isEmpty();
        assertThat(told).hasContent("FAILED");
    }

    @Test
    void aBackupThatIsCancelledInItsHookStopsItAndRunsTheOneAfter() throws Exception {
        var told = dir.resolve("told");
        startWithHooks(hook("sleep 600", "before"), hook("echo $AFTERIMAGE_STATE >> " + told, "after"));
        var id = backup(backups.database("orders", ROWS), 0, Duration.ofMinutes(1));
        await().until(() -> "HOOK".equals(jobs.get(id).phase()));
        jobs.cancel(id);
        assertThat(ended(id).state()).isEqualTo(JobState.CANCELLED);
        assertThat(told).hasContent("CANCELLED");
    }

    @Test
    void aBackupTellsWhatRanUnderItsLock() throws Exception {
        startWith(during("echo copied"));
        var job = ended(backup(backups.database("orders", ROWS)));
        assertThat(job.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat((List<?>) job.result().get("during"))
                .singleElement()
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                .containsEntry("lock", "IMMEDIATE")
                .containsEntry("output", "copied\n")
                .containsKey("lockHeldMillis");
    }

    @Test
    void aBackupWhoseCommandFailsTellsWhatRanUnderItsLock() throws Exception {
        startWith(during("echo copied; exit 3"));
        var job = ended(backup(backups.database("orders", ROWS)));
        assertThat(job.state()).isEqualTo(JobState.FAILED);
        var properties = Objects.requireNonNull(job.problem()).properties();
        assertThat(properties).containsEntry("output", "copied\n");
        assertThat((List<?>) properties.get("during"))
                .singleElement()
                .asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
                .containsEntry("lock", "IMMEDIATE")
                .containsEntry("output", "copied\n")
                .containsKey("lockHeldMillis");
    }

    @Test
    void aBackupThatIsCancelledWhileACommandRunsLetsTheDatabaseGo() throws Exception {
        startWith(during("sleep 600"));
        var database = backups.database("orders", ROWS);
        var id = backup(database);
        await().until(() -> Scan.PHASE_WHILE_HELD.equals(jobs.get(id).phase()));
        jobs.cancel(id);
        assertThat(ended(id).state()).isEqualTo(JobState.CANCELLED);
        TestBackups.execute(database.path(), "CREATE TABLE nobody_locks_it (x)");
    }

    /** Those of a newer version, that is, before somebody went back to this one. */
    @Test
    void jobsThatCannotBeReadFailAlone() throws Exception {
        process.stop();
        var database = backups.database("orders", ROWS);
        var unreadable = Stream.of(
                        "{\"kind\": \"REPLICATE\", \"to\": 7}", "no JSON", "{\"kind\": \"BACKUP\", \"plan\": 7}")
                .map(spec -> withSpec(backup(database, 0, Duration.ofMinutes(1)), spec))
                .toList();
        var good = backup(database, 0, Duration.ofMinutes(1));
        process = new Process(Duration.ZERO);
        process.start();
        assertThat(ended(good).state()).isEqualTo(JobState.SUCCEEDED);
        for (var id : unreadable) {
            var job = ended(id);
            assertThat(job.state()).isEqualTo(JobState.FAILED);
            assertThat(job.kind()).isEqualTo(JobKind.UNKNOWN);
            assertThat(job.problem().code()).isEqualTo(ProblemCode.WRITTEN_BY_ANOTHER_VERSION);
        }
    }

    private UUID withSpec(UUID jobId, String spec) {
        backups.catalog
                .catalog
                .update("UPDATE job SET kind = 'REPLICATE', spec = :spec WHERE id = :id")
                .param("spec", spec)
                .param("id", jobId.toString())
                .update();
        return jobId;
    }

    private void startWithHooks(AroundBackup before, AroundBackup after) {
        process.stop();
        var hooks = new HookSettings(Map.of("orders", new HookSettings.OfDatabase(before, after, null)));
        process = new Process(Duration.ZERO, hooks);
        process.start();
    }

    private void startWith(During during) {
        process.stop();
        var hooks = new HookSettings(Map.of("orders", new HookSettings.OfDatabase(null, null, during)));
        process = new Process(Duration.ZERO, hooks);
        process.start();
    }

    private static During during(String script) {
        var command = List.of("/bin/sh", "-c", script);
        return new During(During.Lock.IMMEDIATE, command, Duration.ofMinutes(2), Map.of(), null);
    }

    private UUID backup(Database database) {
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.AUTO, Map.of(), 0);
        var spec = new JobSpec.Backup(database.id(), plan, VerifyLevel.FULL, Duration.ofMinutes(1));
        return jobs.submit(new Submission(spec, List.of(database.name()), Priority.NORMAL, null, null))
                .id();
    }

    private static AroundBackup hook(String script, String name) {
        return AroundBackup.command(List.of("/bin/sh", "-c", script, name), Duration.ofMinutes(2));
    }

    private UUID backup(Database database, long maxBytesPerSecond, Duration deadline) {
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.ONLINE, Map.of(), maxBytesPerSecond);
        var spec = new JobSpec.Backup(database.id(), plan, VerifyLevel.FULL, deadline);
        return jobs.submit(new Submission(spec, List.of(database.name()), Priority.NORMAL, null, null))
                .id();
    }

    private Job ended(UUID id) {
        await().until(() -> jobs.get(id).state().ended());
        return jobs.get(id);
    }
}
