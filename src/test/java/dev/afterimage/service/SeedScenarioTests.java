package dev.afterimage.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.SecondJvm;
import dev.afterimage.Torture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    private static final int UNTIL_STOPPED = Integer.MAX_VALUE;

    private static final int ROWS = 10_000;

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
        var file = database("wal", "WAL", ROWS);
        for (var taken : backUpWhile(new UsersWriter.Plan(file, UNTIL_STOPPED, 100, 0, LONG, NO_PAUSE), "wal")) {
            assertThat(restored(taken).rows()).matches(rows -> rows % 100 == 0, "whole batches");
        }
    }

    @Test
    void backupWhileAnotherProcessInsertsWithoutTransactionsToWalHoldsAPrefix() throws Exception {
        var file = database("wal-rows", "WAL", ROWS);
        for (var taken : backUpWhile(new UsersWriter.Plan(file, UNTIL_STOPPED, 1, 0, LONG, NO_PAUSE), "wal-rows")) {
            restored(taken);
        }
    }

    @Test
    void backupWhileAnotherProcessCommitsWithRollbackJournalHoldsCompleteTransactions() throws Exception {
        var file = database("journal", "DELETE", ROWS);
        var plan = new UsersWriter.Plan(file, UNTIL_STOPPED, 100, 10_000, LONG, NO_PAUSE);
        for (var taken : backUpWhile(plan, "journal")) {
            assertThat(restored(taken).rows()).matches(rows -> rows % 100 == 0, "whole batches");
        }
    }

    /** The file is unlocked only between two commits. */
    @Test
    void backupWhileAnotherProcessInsertsRowByRowWithRollbackJournalNeverFails() throws Exception {
        var file = database("journal-rows", "DELETE", ROWS);
        var plan = new UsersWriter.Plan(file, UNTIL_STOPPED, 1, 10_000, LONG, NO_PAUSE);
        for (var taken : backUpWhile(plan, "journal-rows")) {
            restored(taken);
        }
    }

    @Test
    void backupWhenTheSourceStaysLockedFailsAndNamesTheProcess() throws Exception {
        var file = database("locked", "DELETE", 0);
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
        var file = database("released", "DELETE", 0);
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

    private static Path database(String name, String journalMode, int rows) throws Exception {
        var file = directory.resolve(name + ".db");
        Users.create(file, journalMode, rows);
        client.register(name, file);
        return file;
    }

    /** Takes one backup after the other while the writer writes, which sees no error and loses no row; all must succeed. */
    private static List<Taken> backUpWhile(UsersWriter.Plan plan, String database) throws Exception {
        var all = new ArrayList<Taken>();
        var end = Instant.now().plus(Torture.TIME.dividedBy(4));
        long committed;
        try (var writer = UsersWriterProcess.start(plan)) {
            while (all.size() < FEWEST || Instant.now().isBefore(end)) {
                long before = writer.committed();
                all.add(new Taken(client.snapshotOf(client.backup(database)), before));
            }
            assertThat(writer.committed())
                    .as("writes go on")
                    .isGreaterThan(all.getLast().committedBefore());
            writer.stop();
            committed = writer.committed();
        }
        assertThat(Users.read(plan.file()).rows()).isEqualTo(committed);
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
        var command = SecondJvm.command(64, LockHolder.class);
        command.add(file.toString());
        return command;
    }

    /** All that is in staging and in the repository, but for the daily copy of the catalog, which comes when it comes. */
    private static List<Path> files() throws IOException {
        try (var staged = Files.walk(setup.staging());
                var stored = Files.walk(setup.repository())) {
            return Stream.concat(staged, stored)
                    .filter(Files::isRegularFile)
                    .filter(file -> !file.startsWith(setup.repository().resolve("catalog")))
                    .toList();
        }
    }
}
