package dev.afterimage.jobs.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.jobs.queue.TestJobs;
import dev.afterimage.jobs.queue.Verify;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.RestoreTarget;
import dev.afterimage.restore.TargetException;
import dev.afterimage.restore.TargetMode;
import dev.afterimage.restore.TestRestore;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a restore does when an earlier attempt of its job has died: after which step, is said by what such an attempt has left.
 * {@code KillTests} kill real ones.
 */
class RestoreWorkTests {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private TestBackups backups;
    private RestoredTargets targets;
    private JobLeftovers leftovers;
    private RestoreWork work;
    private TestJobs jobs;
    private Database database;
    private Snapshot restored;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        jobs = new TestJobs(backups.catalog, clock);
        var restore = TestRestore.on(backups);
        targets = new RestoredTargets(backups.catalog.catalog, backups.catalog.node);
        var removal = TestRemoval.on(backups);
        var safetySnapshots = new SafetySnapshots(
                backups.backup, backups.importing, backups.catalog.snapshots, removal, restore, clock);
        leftovers = new JobLeftovers(restore, targets, safetySnapshots, removal);
        work = new RestoreWork(
                backups.catalog.snapshots, restore, safetySnapshots, targets, backups.following.followers, clock);
        database = backups.database("orders", "CREATE TABLE t (v)", "INSERT INTO t VALUES ('restored')");
        restored = backups.run(database);
        write("before");
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"REPLACE_LIVE", "REPLACE_FILE"})
    void runWhenAnAttemptWasDoneDoesNotDoItAgain(TargetMode mode) throws Exception {
        var job = job(mode);
        var result = run(job);
        write("after");
        assertThat(run(job)).hasToString(result.toString());
        assertThat(content()).isEqualTo("after");
    }

    @Test
    void runWhenAnAttemptDiedAfterItHadReplacedTheFileNamesTheStateBeforeIt() throws Exception {
        var job = job(TargetMode.REPLACE_FILE);
        var safety = run(job).get("safetySnapshot");
        forgetThatItIsDone();

        var again = run(job);

        assertThat(again.get("safetySnapshot")).isEqualTo(safety);
        assertThat(content(safety)).isEqualTo("before");
        assertThat(safetySnapshots()).hasSize(1);
    }

    @Test
    void settleWhenAnAttemptDiedAfterItHadReplacedTheFileNotesThatItIsDone() throws Exception {
        var job = job(TargetMode.REPLACE_FILE);
        var result = run(job);
        forgetThatItIsDone();
        leftovers.settle(job);
        write("after");
        assertThat(run(job))
                .containsEntry("safetySnapshot", result.get("safetySnapshot"))
                .containsEntry("oldFiles", result.get("oldFiles"));
        assertThat(content()).isEqualTo("after");
    }

    @Test
    void runWhenAnAttemptDiedAfterItHadReplacedTheLiveDatabaseKeepsBothStates() throws Exception {
        var job = job(TargetMode.REPLACE_LIVE);
        var safety = run(job).get("safetySnapshot");
        forgetThatItIsDone();
        write("between");

        var again = run(job);

        assertThat(content()).isEqualTo("restored");
        assertThat(again.get("safetySnapshot")).isEqualTo(safety);
        assertThat(content(safety)).isEqualTo("before");
        var between = safetySnapshots().stream()
                .filter(snapshot -> !snapshot.id().toString().equals(safety))
                .toList();
        assertThat(between).hasSize(1);
        assertThat(content(between.getFirst().id().toString())).isEqualTo("between");
        assertThat(again.get("notes").toString())
                .contains(between.getFirst().id().toString());
    }

    @Test
    void runWhenAnAttemptDiedBeforeItReplacedTheLiveDatabaseNamesTheStateOfNow() throws Exception {
        var job = job(TargetMode.REPLACE_LIVE);
        var ofDeadAttempt = backups.run(database);
        targets.begin(job.id(), job.spec().restores().getFirst(), ofDeadAttempt.id());
        write("since");

        var result = run(job);

        assertThat(content(result.get("safetySnapshot"))).isEqualTo("since");
        assertThat(backups.catalog.snapshots.find(ofDeadAttempt.id())).isEmpty();
    }

    @Test
    void settleWhenAnAttemptDiedBeforeItCameToReplaceAnythingDeletesItsSafetySnapshot() {
        var job = job(TargetMode.REPLACE_LIVE);
        backups.safetySnapshot(database, job.id());
        leftovers.settle(job);
        assertThat(safetySnapshots()).isEmpty();
    }

    @Test
    void runWhenCancelledBeforeTheChangeLeavesNoSafetySnapshot() throws Exception {
        var job = job(TargetMode.REPLACE_LIVE);
        var cancelled = new RunningJob(job, backups.staging());
        try (var writer = DriverManager.getConnection("jdbc:sqlite:" + database.path())) {
            writer.createStatement()
                    .execute("BEGIN IMMEDIATE"); // the replacement waits for it, and hears that it must stop
            var stopper = Thread.ofPlatform().start(() -> {
                await().until(() -> "REPLACING".equals(cancelled.phaseName()));
                cancelled.cancel();
            });
            assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> run(job, cancelled));
            stopper.join();
        }
        assertThat(content()).isEqualTo("before");
        assertThat(safetySnapshots()).isEmpty();
        assertThat(targets.safetySnapshot(job.id(), job.spec().restores().getFirst()))
                .isEmpty();
    }

    /** It waits for the lock meanwhile, so as little as can be is read and stored under it. */
    @ParameterizedTest
    @CsvSource({"WAL, SCAN", "DELETE, IMPORT"})
    void runWhenAnApplicationCommitsAfterTheSafetySnapshotKeepsThatStateByTheShortestWay(String mode, String method)
            throws Exception {
        TestBackups.execute(database.path(), "PRAGMA journal_mode = " + mode);
        var job = job(TargetMode.REPLACE_LIVE);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", database.path())) {
            application.awaitLine("obeying");
            var run = new RunningJob(job, backups.staging());
            run.onPhase(phase -> {
                if (phase.equals("REPLACING")) {
                    assertThat(application.ask("UPDATE t SET v = 'later'")).isEqualTo("done");
                }
            });
            var safety = run(job, run).get("safetySnapshot");

            assertThat(content()).isEqualTo("restored");
            assertThat(content(safety)).isEqualTo("later");
            assertThat(safetySnapshots())
                    .singleElement()
                    .satisfies(snapshot ->
                            assertThat(snapshot.capture().methodUsed()).isEqualTo(method));
            assertThat(application.ask("UPDATE t SET v = 'after'")).isEqualTo("done");
        }
        assertThat(content()).isEqualTo("after");
    }

    /** As a supervisor does that starts the application again, which makes the file that it misses. */
    @Test
    void runWhenAnApplicationTakesTheNameMeanwhileKeepsTheSafetySnapshot() throws Exception {
        var job = job(TargetMode.REPLACE_FILE);
        var over = new AtomicBoolean();
        var application = Thread.ofPlatform().start(() -> createAsSoonAsItIsGone(database.path(), over));

        assertThatExceptionOfType(TargetException.TakenMeanwhile.class).isThrownBy(() -> run(job));

        over.set(true);
        application.join();
        assertThat(safetySnapshots()).hasSize(1);
        assertThat(content(safetySnapshots().getFirst().id().toString())).isEqualTo("before");
    }

    private static void createAsSoonAsItIsGone(Path file, AtomicBoolean over) {
        while (!over.get()) {
            try {
                Files.createFile(file);
                return;
            } catch (FileAlreadyExistsException e) {
                Thread.onSpinWait();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Job job(TargetMode mode) {
        var target = new RestoreTarget(database.path(), mode, database.id());
        var item = new RestoreItem(restored.id(), target, true, false);
        var spec = new JobSpec.Restore(item, Verify.QUICK, Duration.ofMinutes(1));
        jobs.jobs.submit(new Submission(spec, List.of("orders"), Priority.NORMAL, null, null));
        return jobs.begin();
    }

    private Map<String, Object> run(Job job) {
        return run(job, new RunningJob(job, backups.staging()));
    }

    private Map<String, Object> run(Job job, RunningJob run) {
        return work.run((JobSpec.Restore) job.spec(), run, PATIENCE);
    }

    /** As if the process had died between the change and the note of it. */
    private void forgetThatItIsDone() {
        backups.catalog
                .catalog
                .update("UPDATE restored_target SET result = NULL")
                .update();
    }

    private void write(String value) throws SQLException {
        TestBackups.execute(database.path(), "UPDATE t SET v = '" + value + "'");
    }

    private String content() throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + database.path());
                var row = connection.createStatement().executeQuery("SELECT v FROM t")) {
            return row.getString(1);
        }
    }

    private String content(Object snapshotId) throws Exception {
        var snapshot = backups.catalog.snapshots.get(UUID.fromString(String.valueOf(snapshotId)));
        var file = Files.write(dir.resolve(snapshot.id() + ".db"), backups.content(snapshot));
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                var row = connection.createStatement().executeQuery("SELECT v FROM t")) {
            return row.getString(1);
        }
    }

    private List<Snapshot> safetySnapshots() {
        return backups.catalog.snapshots.all(database.id()).stream()
                .filter(snapshot -> snapshot.labels().containsKey("safety-of"))
                .toList();
    }
}
