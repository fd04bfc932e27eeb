package dev.afterimage.sqlite.replace;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.ask;
import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.SampleDatabases.create;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.CountingApplication;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.capture.PlainFile;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.HotJournals;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The state that a replacement ends is kept exactly, whoever commits how fast. */
class LiveReplaceKeepsTests {

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final CaptureOptions UNLIMITED = new CaptureOptions(PATIENCE, 0);
    private static final String COMMIT = "UPDATE account SET balance = balance + 7 WHERE id = 3";

    @TempDir
    Path directory;

    private Path target;
    private Path source;
    private Path kept;

    @BeforeEach
    void paths() throws IOException {
        target = Files.createDirectory(directory.resolve("live")).resolve("target.db");
        source = Files.createDirectory(directory.resolve("staging")).resolve("source.db");
        kept = directory.resolve("staging/kept.db");
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhileAnApplicationCommitsAsFastAsItCanKeepsItsLastCommit(String journalMode) {
        CountingApplication.database(target, journalMode);
        for (int round = 0; round < 2; round++) {
            newContent(4000);
            try (var application = OtherProcess.start(CountingApplication.class, target);
                    var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
                application.awaitLine("counting");

                replacement.run(source, PATIENCE, this::keep, PageProgress.NONE);

                assertThat(application.nextLine()).contains("no such table");
                assertThat(ask(kept, "SELECT number FROM counter")).isEqualTo(application.nextLine());
                assertThat(ask(kept, "PRAGMA integrity_check")).isEqualTo("ok");
            }
            assertThat(ask(target, "SELECT state FROM fresh LIMIT 1")).isEqualTo("new");
            undo();
        }
    }

    /** By what was kept, as a restore of it would. */
    private void undo() {
        try (var undoing = LiveReplace.of(target, HotJournals.SETTLE)) {
            undoing.run(kept, PATIENCE, WhenChanged.NONE, PageProgress.NONE);
            Files.delete(kept);
            Files.delete(source);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        create(target, "UPDATE counter SET number = 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenNobodyCommittedSinceOfKeepsNothing(String journalMode) throws Exception {
        SampleDatabases.accounts(target, journalMode);
        newContent(10);
        var before = content(target);
        var called = new ArrayList<LockedState>();
        try (var application = OtherProcess.start(LiveApplication.class, "obey", target)) {
            application.awaitLine("obeying");
            assertThat(application.ask(COMMIT)).isEqualTo("done");
            try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
                var safety = directory.resolve("safety.db");
                CopyBy.LOCKED_COPY.run(target, safety, UNLIMITED, PageProgress.NONE);
                Scan.run(target, UNLIMITED, null, new PlainFile(directory.resolve("scanned.db")), PageProgress.NONE);
                assertThat(application.ask("SELECT * FROM account")).isEqualTo("done");
                assertThat(application.ask("BEGIN IMMEDIATE")).isEqualTo("done");
                assertThat(application.ask("ROLLBACK")).isEqualTo("done");

                replacement.run(source, PATIENCE, called::add, PageProgress.NONE);

                assertThat(content(safety)).isNotEqualTo(before).isNotEqualTo(content(target));
            }
        }
        assertThat(called).isEmpty();
    }

    @ParameterizedTest(name = "pages of {0} bytes get pages of {1}")
    @CsvSource({"512, 512", "4096, 4096", "65536, 65536", "65536, 512", "512, 65536"})
    void copyToInRollbackModeGivesTheBytesOfTheFile(int pageSize, int newPageSize) throws Exception {
        create(target, "PRAGMA page_size = " + pageSize);
        create(target, "PRAGMA page_size = " + pageSize, "CREATE TABLE account (id INTEGER PRIMARY KEY, balance)");
        SampleDatabases.addRandomBytes(target, 9 << 20);
        create(source, "PRAGMA page_size = " + newPageSize, "CREATE TABLE fresh AS SELECT 'new' AS state");
        SampleDatabases.addRandomBytes(source, 5 << 20);
        byte[] before;
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            create(target, "INSERT INTO account VALUES (3, 7)");
            before = Files.readAllBytes(target);

            replacement.run(source, PATIENCE, this::keep, PageProgress.NONE);
        }
        assertThat(Files.mismatch(kept, Files.write(directory.resolve("before"), before)))
                .isEqualTo(-1);
        assertThat(content(target)).isEqualTo(content(source));
    }

    @Test
    void copyToInWalModeGivesTheBytesOfTheFileWithTheCommittedPagesOfTheWal() throws Exception {
        SampleDatabases.accounts(target, "WAL");
        newContent(9000);
        var expected = directory.resolve("expected.db");
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", target);
                var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            application.awaitLine("written");
            create(target, "INSERT INTO account SELECT id + 5000, 0, note FROM account");
            CopyBy.LOCKED_COPY.run(target, expected, UNLIMITED, PageProgress.NONE);

            replacement.run(source, PATIENCE, this::keep, PageProgress.NONE);
        }
        assertThat(Files.mismatch(kept, expected)).isEqualTo(-1);
        assertThat(ask(kept, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                .isEqualTo("100");
    }

    /** Nobody can read its schema, so SQLite's cache has the size that it always has. */
    @Test
    void copyToWhenTheTargetIsDamagedGivesItsBytes() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        SampleDatabases.addRandomBytes(target, 9 << 20);
        newContent(5000);
        var damaged = Files.readAllBytes(target);
        Arrays.fill(damaged, 100, damaged.length, (byte) 0x5a);
        Files.write(target, damaged);
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            damaged[27]++; // the change counter
            Files.write(target, damaged);

            replacement.run(source, PATIENCE, this::keep, PageProgress.NONE);
        }
        assertThat(Files.readAllBytes(kept)).isEqualTo(damaged);
        assertThat(content(target)).isEqualTo(content(source));
    }

    @Test
    void copyToWhenTheTargetWasEmptiedGivesAnEmptyFile() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        newContent(10);
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            Files.write(target, new byte[0]);

            replacement.run(source, PATIENCE, this::keep, PageProgress.NONE);
        }
        assertThat(kept).isEmptyFile();
    }

    @Test
    void runWhenTheJournalModeWasChangedKeepsTheState() {
        SampleDatabases.accounts(target, "DELETE");
        newContent(10);
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            create(target, "PRAGMA journal_mode = WAL", COMMIT);

            replacement.run(source, PATIENCE, this::keep, PageProgress.NONE);
        }
        assertThat(ask(kept, "SELECT balance FROM account WHERE id = 3")).isEqualTo("1007");
        assertThat(ask(target, "PRAGMA journal_mode")).isEqualTo("wal");
    }

    @Test
    void runWhenAWriterDiedInMidTransactionKeepsWhatIsRolledBackTo() {
        SampleDatabases.accounts(target, "DELETE");
        newContent(10);
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            create(target, COMMIT);
            var committed = content(target);
            try (var application = OtherProcess.start(LiveApplication.class, "die", target)) {
                application.awaitLine("in mid-transaction");
                application.kill();
            }
            assertThat(filesIn(target.getParent())).contains("target.db-journal");

            replacement.run(source, PATIENCE, this::keep, PageProgress.NONE);

            assertThat(content(kept)).isEqualTo(committed);
        }
        assertThat(content(target)).isEqualTo(content(source));
    }

    @Test
    void ofWhenTheTargetIsLockedTakesItForChanged() {
        SampleDatabases.accounts(target, "DELETE");
        newContent(10);
        try (var application = OtherProcess.start(LiveApplication.class, "hold", target, "EXCLUSIVE")) {
            application.awaitLine("holding");
            try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
                application.send("release");
                application.awaitLine("released");
                var before = content(target);

                replacement.run(source, PATIENCE, this::keep, PageProgress.NONE);

                assertThat(content(kept)).isEqualTo(before);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void keepIsCalledWhileNobodyCanWriteAndNothingHasChanged(String journalMode) {
        SampleDatabases.accounts(target, journalMode);
        newContent(9000);
        try (var application = OtherProcess.start(LiveApplication.class, "obey", target);
                var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            application.awaitLine("obeying");
            assertThat(application.ask(COMMIT)).isEqualTo("done");
            var read = "INSERT INTO temp.seen SELECT count(*) FROM account";
            application.ask("CREATE TEMP TABLE seen (accounts CHECK (accounts = 1000))");
            var during = new ArrayList<String>();

            var done = replacement.run(
                    source,
                    PATIENCE,
                    state -> {
                        during.add(application.ask(COMMIT));
                        during.add(application.ask(read));
                        sleepAWhile();
                    },
                    PageProgress.NONE);

            assertThat(during).containsExactly("busy", journalMode.equals("WAL") ? "done" : "busy");
            assertThat(done.lockHeld()).isGreaterThan(Duration.ofMillis(300));
            assertThat(application.ask(COMMIT)).contains("no such table");
        }
    }

    private static void sleepAWhile() {
        long end = System.nanoTime() + Duration.ofMillis(300).toNanos();
        while (System.nanoTime() < end) {
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest(name = "{0}, new content of {1} rows")
    @CsvSource({"WAL, 0", "WAL, 9000", "DELETE, 0", "DELETE, 9000"})
    void runWhenKeepThrowsLeavesTheTargetAndThrowsItOn(String journalMode, int rows) throws Exception {
        SampleDatabases.accounts(target, journalMode);
        newContent(rows);
        byte[] before;
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            create(target, COMMIT);
            before = Files.readAllBytes(target);

            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(() -> replacement.run(
                            source,
                            PATIENCE,
                            state -> {
                                throw new IllegalStateException("no room");
                            },
                            PageProgress.NONE))
                    .withMessage("no room");

            assertThat(content(target)).contains("3|1007|" + "n".repeat(200));
        }
        assertThat(ask(target, "SELECT balance FROM account WHERE id = 3")).isEqualTo("1007");
        if (journalMode.equals("DELETE")) {
            assertThat(Files.readAllBytes(target)).isEqualTo(before);
        }
        assertThat(filesIn(target.getParent())).containsExactly("target.db");
        assertThat(filesIn(source.getParent())).containsExactly("source.db");
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenKilledAfterItKeptTheStateLeavesTheTargetInThatState(String journalMode) {
        SampleDatabases.accounts(target, journalMode);
        newContent(9000);
        try (var replacing = OtherProcess.start(KeepingProcess.class, target, source, kept, COMMIT)) {
            replacing.awaitLine("kept");
            replacing.kill();
        }
        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
        assertThat(ask(target, "SELECT balance FROM account WHERE id = 3")).isEqualTo("1007");
        assertThat(content(target)).isEqualTo(content(kept));
    }

    @Test
    void copyToWhenCancelledLeavesTheTargetAndNoFile() {
        SampleDatabases.accounts(target, "WAL");
        newContent(10);
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            create(target, COMMIT);

            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> replacement.run(
                            source,
                            PATIENCE,
                            state -> state.copyTo(kept, (done, total) -> {
                                throw new CancellationException();
                            }),
                            PageProgress.NONE));
        }
        assertThat(kept).doesNotExist();
        assertThat(ask(target, "SELECT balance FROM account WHERE id = 3")).isEqualTo("1007");
    }

    @ParameterizedTest(name = "{0}, auto_vacuum {1}, pages of {2} bytes")
    @CsvSource({"WAL, NONE, 4096", "DELETE, NONE, 65536", "DELETE, FULL, 512", "WAL, INCREMENTAL, 4096"})
    void runWhenTheNewContentIsASinglePageKeepsTheStateToo(String journalMode, String autoVacuum, int pageSize)
            throws Exception {
        SampleDatabases.accounts(target, journalMode);
        create(
                source,
                "PRAGMA page_size = " + pageSize,
                "PRAGMA auto_vacuum = " + autoVacuum,
                "PRAGMA user_version = 77");
        assertThat(Files.size(source)).isEqualTo(pageSize);
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            create(target, COMMIT);
            var before = content(target);

            replacement.run(source, PATIENCE, this::keep, PageProgress.NONE);

            assertThat(content(kept)).isEqualTo(before);
        }
        assertThat(ask(target, "PRAGMA user_version")).isEqualTo("77");
        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
        create(target, "CREATE TABLE t AS SELECT randomblob(300000) AS x", "CREATE TABLE u (x)", "DROP TABLE t");
        assertThat(ask(target, "PRAGMA integrity_check")).isEqualTo("ok");
    }

    @Test
    void runWhenTheHeaderOfTheNewContentTellsAnotherSizeThrowsAndLeavesTheTarget() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        newContent(100);
        var cut = Files.readAllBytes(source);
        Files.write(source, Arrays.copyOf(cut, cut.length - ByteBuffer.wrap(cut).getShort(16)));
        try (var replacement = LiveReplace.of(target, HotJournals.SETTLE)) {
            assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "cannot be used")
                    .isThrownBy(() -> replacement.run(source, PATIENCE, this::keep, PageProgress.NONE));
        }
        assertThat(ask(target, "SELECT count(*) FROM account")).isEqualTo("1000");
    }

    private void keep(LockedState state) {
        state.copyTo(kept, PageProgress.NONE);
    }

    private void newContent(int rows) {
        create(
                source,
                "CREATE TABLE fresh AS SELECT 'new' AS state",
                "INSERT INTO fresh WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + rows
                        + ") SELECT randomblob(500) FROM n");
    }
}
