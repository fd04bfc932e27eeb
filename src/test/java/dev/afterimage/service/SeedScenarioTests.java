package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the service is for: another process writes to a database, and meanwhile backups are taken over HTTP. */
class SeedScenarioTests {

    private static final Duration NO_PAUSE = Duration.ZERO;
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(9);
    private static final int UNTIL_STOPPED = Integer.MAX_VALUE;

    /** Backups that begin while the writer writes. */
    private static final int FEWEST = 3;

    @TempDir
    static Path directory;

    private static ServiceSetup setup;
    private static ServiceProcess service;
    private static ServiceClient client;

    /** A snapshot, and how many rows were committed for certain when its backup was asked for. */
    private record Taken(String snapshotId, long committedBefore) {}

    @BeforeAll
    static void startService() throws Exception {
        setup = ServiceSetup.in(directory);
        service = setup.start();
        client = service.client();
    }

    @AfterAll
    static void stopService() {
        service.close();
    }

    @Test
    void backupWhileAnotherProcessCommitsToWalHoldsCompleteTransactions() throws Exception {
        var file = database("wal", "WAL");
        var plan = new UsersWriter.Plan(file, 100_000, 100, 0, LONG, NO_PAUSE);
        for (var taken : backUpWhile(plan, "wal")) {
            assertThat(restored(taken).rows()).isNotNegative().matches(rows -> rows % 100 == 0, "whole batches");
        }
        assertThat(Users.read(file).rows()).isEqualTo(100_000);
    }

    @Test
    void backupWhileAnotherProcessInsertsWithoutTransactionsToWalHoldsAPrefix() throws Exception {
        var file = database("wal-rows", "WAL");
        var plan = new UsersWriter.Plan(file, UNTIL_STOPPED, 1, 0, LONG, NO_PAUSE);
        for (var taken : backUpWhile(plan, "wal-rows")) {
            restored(taken);
        }
    }

    @Test
    void backupWhileAnotherProcessCommitsWithRollbackJournalHoldsCompleteTransactions() throws Exception {
        var file = database("journal", "DELETE");
        var plan = new UsersWriter.Plan(file, UNTIL_STOPPED, 100, 10_000, LONG, NO_PAUSE);
        for (var taken : backUpWhile(plan, "journal")) {
            assertThat(restored(taken).rows()).isPositive().matches(rows -> rows % 100 == 0, "whole batches");
        }
    }

    /** The file is unlocked only between two commits. */
    @Test
    void backupWhileAnotherProcessInsertsRowByRowWithRollbackJournalNeverFails() throws Exception {
        var file = database("journal-rows", "DELETE");
        var plan = new UsersWriter.Plan(file, 100_000, 1, 10_000, LONG, NO_PAUSE);
        for (var taken : backUpWhile(plan, "journal-rows", Duration.ofSeconds(1))) {
            restored(taken);
        }
        assertThat(Users.read(file).rows()).isEqualTo(100_000);
    }

    @Test
    void backupWhenTheSourceStaysLockedFailsAndNamesTheProcess() throws Exception {
        var file = database("locked", "DELETE");
        var before = files();
        try (var holder = RunningProgram.start(holderOf(file))) {
            holder.awaitLine(Pattern.compile("holding"));
            var job = client.backup("locked", Map.of("deadline", "3s"));

            assertThat(job.get("state").asString()).as("%s", job).isEqualTo("FAILED");
            var problem = job.get("problem");
            assertThat(problem.get("code").asString()).isEqualTo("SOURCE_LOCKED");
            assertThat(problem.get("hint").asString()).contains("deadline");
            assertThat(problem.get("holders").findValuesAsString("pid")).contains(Long.toString(holder.pid()));
            assertThat(problem.get("detail").asString()).contains(Long.toString(holder.pid()), "EXCLUSIVE");
            assertThat(client.snapshots("locked")).isEmpty();
            assertThat(files()).isEqualTo(before);
            holder.endInput();
            assertThat(holder.awaitExit()).isZero();
        }
    }

    @Test
    void backupWhenTheLockIsReleasedBeforeTheDeadlineSucceeds() throws Exception {
        var file = database("released", "DELETE");
        try (var holder = RunningProgram.start(holderOf(file))) {
            holder.awaitLine(Pattern.compile("holding"));
            var id = client.submitBackup("released", Map.of("deadline", "60s"));
            awaitPostponed(id);
            holder.endInput();

            client.snapshotOf(client.awaitEnd(id));
            assertThat(holder.awaitExit()).isZero();
        }
    }

    /** Until the job has met the lock. */
    private static void awaitPostponed(String jobId) throws Exception {
        while (!client.job(jobId).hasNonNull("problem")) {
            assertThat(client.get("jobs/" + jobId + "?wait=100ms")
                            .body()
                            .get("state")
                            .asString())
                    .isIn("QUEUED", "RUNNING");
        }
    }

    private static Path database(String name, String journalMode) throws Exception {
        var file = directory.resolve(name + ".db");
        Users.create(file, journalMode);
        client.register(name, file);
        return file;
    }

    /** Takes one backup after the other for as long as the writer writes, or long enough; all must succeed, and the writer see no error. */
    private static List<Taken> backUpWhile(UsersWriter.Plan plan, String database) throws Exception {
        return backUpWhile(plan, database, NO_PAUSE);
    }

    /** The same with a backup as often as that, as a schedule would have it. */
    private static List<Taken> backUpWhile(UsersWriter.Plan plan, String database, Duration every) throws Exception {
        var all = new ArrayList<Taken>();
        try (var writer = UsersWriterProcess.start(plan)) {
            long end = System.nanoTime() + LONG_ENOUGH.toNanos();
            boolean untilStopped = plan.inserts() == UNTIL_STOPPED;
            while (untilStopped ? all.size() < FEWEST || System.nanoTime() < end : writer.running()) {
                long next = System.nanoTime() + every.toNanos();
                long committed = writer.committed();
                all.add(new Taken(client.snapshotOf(client.backup(database)), committed));
                LockSupport.parkNanos(next - System.nanoTime());
            }
            if (untilStopped) {
                writer.stop();
            } else {
                writer.awaitDone();
            }
        }
        System.out.printf(
                "%s: %d backups, at %s rows%n",
                database, all.size(), all.stream().map(Taken::committedBefore).toList());
        assertThat(all).as("backups that began while the other process wrote").hasSizeGreaterThanOrEqualTo(FEWEST);
        return all;
    }

    /** The users in the file that a user gets, after all that can be said about that file was found true. */
    private static Users restored(Taken taken) throws IOException, InterruptedException, SQLException {
        var snapshot = client.get("snapshots/" + taken.snapshotId()).body();
        assertThat(snapshot.get("verification").asString()).isEqualTo("PASSED");
        var download = client.download(taken.snapshotId(), directory.resolve("download.db"));
        download.requireToBe(snapshot);
        var users = Users.read(download.file());
        Files.delete(download.file());
        assertThat(users).as("%s", taken).matches(Users::whole, "exactly the first rows, in a sound file");
        assertThat(users.rows()).as("%s", taken).isGreaterThanOrEqualTo(taken.committedBefore());
        return users;
    }

    private static List<String> holderOf(Path file) {
        var command = new ArrayList<>(ServiceRuntime.commandOf(LockHolder.class));
        command.add(file.toString());
        return command;
    }

    /** All that is in staging and in the repository. */
    private static List<Path> files() throws IOException {
        try (var staged = Files.walk(setup.staging());
                var stored = Files.walk(setup.repository())) {
            return Stream.concat(staged, stored).filter(Files::isRegularFile).toList();
        }
    }
}
