package dev.afterimage.sqlite.live;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.CapturingProcess;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.replace.LiveReplace;
import dev.afterimage.sqlite.replace.SoleUse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A writer that locks otherwise is in mid-transaction, with pages in the database file: nothing may happen to its journal. */
class OtherLocksTests {

    private static final CaptureOptions OPTIONS = new CaptureOptions(Duration.ZERO, 0);

    @TempDir
    Path directory;

    private Path source;
    private Path copy;

    @BeforeEach
    void makeDatabase() throws Exception {
        directory = directory.toRealPath();
        source = SampleDatabases.accounts(directory.resolve("source.db"), "DELETE");
        copy = directory.resolve("copy.db");
    }

    @AfterEach
    void isWhole() {
        assertThat(SampleDatabases.ask(source, "PRAGMA integrity_check")).isEqualTo("ok");
    }

    private OtherProcess inMidTransaction(String otherwise) {
        var application = OtherProcess.start(LiveApplication.class, "obey", "file:" + source + "?" + otherwise);
        application.awaitLine("obeying");
        for (var sql : List.of("PRAGMA cache_size = 5", "BEGIN", "UPDATE account SET balance = balance + 1")) {
            assertThat(application.ask(sql)).isEqualTo("done");
        }
        assertThat(Beside.journal(source)).isNotEmptyFile();
        return application;
    }

    private void commits(OtherProcess application) {
        assertThat(application.ask("COMMIT")).isEqualTo("done");
        assertThat(SampleDatabases.ask(source, "SELECT sum(balance) FROM account"))
                .isEqualTo("" + (SampleDatabases.SUM_OF_BALANCES + 1000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"vfs=unix-dotfile", "vfs=unix-none", "nolock=1"})
    void whoeverWouldRollBackLeavesTheTransactionOfALivingWriterAloneAndNamesIt(String otherwise) throws Exception {
        try (var application = inMidTransaction(otherwise)) {
            for (var method : CopyBy.values()) {
                assertThatExceptionOfType(SourceException.LockedOtherwise.class)
                        .isThrownBy(() -> method.run(source, copy, OPTIONS, PageProgress.NONE))
                        .satisfies(e -> assertNames(application, e, ProblemCode.SOURCE_LOCKED));
            }
            assertThatProblem(ProblemCode.TARGET_IN_USE)
                    .isThrownBy(() -> LiveReplace.of(source, Duration.ZERO, HotJournals.SETTLE))
                    .satisfies(e -> assertNames(application, e, ProblemCode.TARGET_IN_USE));
            assertThatProblem(ProblemCode.TARGET_IN_USE)
                    .isThrownBy(() -> SoleUse.of(source))
                    .satisfies(e -> assertNames(application, e, ProblemCode.TARGET_IN_USE));
            assertThatExceptionOfType(SourceException.class)
                    .isThrownBy(() -> Checkpoint.run(source, Checkpoint.Mode.TRUNCATE, Duration.ZERO));

            commits(application);
        }
        CopyBy.ONLINE.run(source, copy, OPTIONS, PageProgress.NONE);
        assertThat(SampleDatabases.content(copy)).isEqualTo(SampleDatabases.content(source));
    }

    private static void assertNames(OtherProcess application, ProblemException e, ProblemCode code) {
        assertThat(e.code()).isEqualTo(code);
        assertThat(e.problem().properties().get("holders").toString()).contains("pid=" + application.pid());
    }

    /** Its journal has not been written to yet, so nothing but the lock's name tells of it. */
    @ParameterizedTest
    @EnumSource
    void captureBesideALockByNameWaitsForItsEnd(CopyBy method) {
        try (var application =
                OtherProcess.start(LiveApplication.class, "obey", "file:" + source + "?vfs=unix-dotfile")) {
            application.awaitLine("obeying");
            application.ask("BEGIN IMMEDIATE");

            var capture = method.run(source, copy, new CaptureOptions(Duration.ofMinutes(1), 0), endedBy(application));

            assertThat(capture.pageCount()).isPositive();
        }
    }

    /** The capture pauses between its attempts, and only there before it has begun. */
    private PageProgress endedBy(OtherProcess application) {
        return (done, total) -> {
            if (directory.resolve("source.db.lock").toFile().exists()) {
                assertThat(application.ask("COMMIT")).isEqualTo("done");
            }
        };
    }

    /** Applications have files of that name for themselves, which only say that it is better not to write. */
    @Test
    void aFileOfTheLocksNameKeepsFromWritingButNotFromReading() throws Exception {
        Files.createFile(directory.resolve("source.db.lock"));

        CopyBy.SCAN.run(source, copy, OPTIONS, PageProgress.NONE);

        assertThatExceptionOfType(SourceException.LockedOtherwise.class)
                .isThrownBy(
                        () -> CopyBy.LOCKED_COPY.run(source, directory.resolve("other.db"), OPTIONS, PageProgress.NONE))
                .withMessageContaining("source.db.lock")
                .satisfies(
                        e -> assertThat(e.problem().hint()).contains("remove " + directory.resolve("source.db.lock")));
        assertThatProblem(ProblemCode.TARGET_IN_USE)
                .isThrownBy(() -> LiveReplace.of(source, Duration.ZERO, HotJournals.SETTLE));
        assertThatProblem(ProblemCode.TARGET_IN_USE).isThrownBy(() -> SoleUse.of(source));
    }

    @Test
    void checkpointOfAWalThatAnotherKeepsToItselfIsRefused() throws Exception {
        SampleDatabases.create(source, "PRAGMA journal_mode = WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "obey", "file:" + source + "?vfs=unix-none")) {
            application.awaitLine("obeying");
            application.ask("PRAGMA locking_mode = EXCLUSIVE");
            assertThat(application.ask("UPDATE account SET balance = balance + 1"))
                    .isEqualTo("done");
            var wal = Files.readAllBytes(Beside.wal(source));
            assertThat(wal).isNotEmpty();

            assertThatExceptionOfType(SourceException.LockedOtherwise.class)
                    .isThrownBy(() -> Checkpoint.run(source, Checkpoint.Mode.TRUNCATE, Duration.ZERO))
                    .satisfies(e -> assertNames(application, e, ProblemCode.SOURCE_LOCKED));

            assertThat(Files.readAllBytes(Beside.wal(source))).isEqualTo(wal);
        }
    }

    /** In a PID namespace of its own the service sees no process from outside, and even less what it has open. */
    @Test
    void captureWhereNotAllProcessesCanBeSeenLeavesTheJournalUnlessItIsToldToSettleIt() throws Exception {
        var blind = List.of("unshare", "--pid", "--fork", "--mount-proc");
        assumeThat(OtherProcess.canRunUnder(blind))
                .as("a PID namespace can be made")
                .isTrue();
        try (var application = inMidTransaction("nolock=1")) {
            try (var capturing = capturing(blind, HotJournals.SETTLE_WHERE_HOLDERS_ARE_SEEN)) {
                assertThat(capturing.nextLine()).isEqualTo("SOURCE_UNREADABLE");
                assertThat(capturing.nextLine()).contains("afterimage.hot-journals.settle-unseen");
            }
            commits(application);
            application.ask("BEGIN");
            application.ask("UPDATE account SET balance = -1");
            application.kill();
        }
        try (var capturing = capturing(blind, HotJournals.SETTLE)) {
            assertThat(capturing.nextLine()).isEqualTo("SUCCEEDED");
            assertThat(capturing.nextLine()).contains("crashed writer");
        }
    }

    private OtherProcess capturing(List<String> prefix, HotJournals journals) {
        return OtherProcess.startUnder(
                prefix, CapturingProcess.class, source, copy, CopyBy.SCAN, Duration.ZERO, journals);
    }

    /** A service that is root sees them; one without the capability to look at others' processes does not. */
    @Test
    void captureBesideATransactionOfAnotherUserLeavesItAlone() throws Exception {
        var nobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        assumeThat(OtherProcess.canRunUnder(nobody))
                .as("this process may run others as nobody")
                .isTrue();
        assumeThat(OtherProcess.canRunUnder(List.of("sqlite3", "-version")))
                .as("sqlite3 is installed")
                .isTrue();
        for (var file : List.of(directory, source)) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        var command = new ArrayList<>(nobody);
        command.addAll(List.of("sqlite3", "-vfs", "unix-none", source.toString()));
        var shell = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var input = shell.outputWriter();
                var output = shell.inputReader()) {
            input.write("PRAGMA cache_size = 5; BEGIN; UPDATE account SET balance = balance + 1; SELECT 'spilled';\n");
            input.flush();
            assertThat(output.readLine()).isEqualTo("spilled");
            assertThat(Beside.journal(source)).isNotEmptyFile();

            try (var capturing = capturing(List.of(), HotJournals.SETTLE_WHERE_HOLDERS_ARE_SEEN)) {
                assertThat(capturing.nextLine()).isEqualTo("SOURCE_LOCKED");
                assertThat(capturing.nextLine()).isNotBlank();
                assertThat(capturing.nextLine()).contains("process " + shell.pid());
            }
            var blind = List.of("setpriv", "--bounding-set", "-sys_ptrace,-dac_override,-dac_read_search");
            try (var capturing = capturing(blind, HotJournals.SETTLE_WHERE_HOLDERS_ARE_SEEN)) {
                assertThat(capturing.nextLine()).isEqualTo("SOURCE_UNREADABLE");
                assertThat(capturing.nextLine()).contains("afterimage.hot-journals.settle-unseen");
            }
            input.write("COMMIT; SELECT sum(balance) FROM account;\n");
            input.flush();
            assertThat(output.readLine()).isEqualTo("" + (SampleDatabases.SUM_OF_BALANCES + 1000));
        } finally {
            shell.destroyForcibly().waitFor();
        }
    }

    @Test
    void captureWhereAllProcessesAreSeenSettlesTheJournalOfACrashedWriter() throws Exception {
        assumeThat(Holders.allCanBeSeen()).as("this process sees all others").isTrue();
        try (var application = inMidTransaction("vfs=unix")) {
            application.kill();
        }
        var options = new CaptureOptions(Duration.ZERO, 0, HotJournals.SETTLE_WHERE_HOLDERS_ARE_SEEN, OPTIONS.clock());
        assertThat(CopyBy.ONLINE.run(source, copy, options, PageProgress.NONE).notes())
                .anySatisfy(note -> assertThat(note).contains("crashed writer"));
        assertThat(Beside.journal(source)).doesNotExist();
    }
}
