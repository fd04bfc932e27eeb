package dev.afterimage.restore;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static dev.afterimage.sqlite.SampleDatabases.ask;
import static dev.afterimage.sqlite.SampleDatabases.content;
import static dev.afterimage.sqlite.SampleDatabases.filesIn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.Holders;
import dev.afterimage.sqlite.live.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplaceFileTests extends ReplaceFileTest {

    @Test
    void runPutsTheNewFileInPlaceAndKeepsTheOldOneInADatedFolder() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        var before = Files.readAllBytes(target);

        var replacement = replacement().run(NOW, PageProgress.NONE);

        assertThat(replacement.oldFiles()).isEqualTo(live.resolve(DATED));
        assertThat(replacement.notes()).isEmpty();
        assertThat(Files.readAllBytes(target)).isEqualTo(Files.readAllBytes(source));
        assertThat(Files.readAllBytes(live.resolve(DATED).resolve("orders.db"))).isEqualTo(before);
        assertThat(filesIn(live)).containsExactly("orders.db", DATED);
    }

    @Test
    void runWhenTheDatedFolderIsThereTakesAnotherName() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        Files.createDirectory(live.resolve(DATED));

        assertThat(replacement().run(NOW, PageProgress.NONE).oldFiles()).isEqualTo(live.resolve(DATED + "-2"));
    }

    @Test
    void runWhenTheDatedNameIsTakenMeanwhileTakesAnotherOne() throws Exception {
        SampleDatabases.accounts(target, "DELETE");

        var replacement = replacement().run(NOW, (done, total) -> {
            if (done == 4) {
                SampleDatabases.create(makeDirectory(live.resolve(DATED)).resolve("theirs.db"), "CREATE TABLE t (x)");
                makeDirectory(live.resolve(DATED + "-2"));
            }
        });

        assertThat(replacement.oldFiles()).isEqualTo(live.resolve(DATED + "-3"));
        assertThat(filesIn(live.resolve(DATED))).containsExactly("theirs.db");
        assertThat(opened().recover()).contains(live.resolve(DATED + "-3"));
    }

    private static Path makeDirectory(Path directory) {
        try {
            return Files.createDirectory(directory);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void requireReplaceableLooksWithoutChangingAnything() throws Exception {
        leaveWal();
        var before = bytesOfFiles();

        ReplaceFile.requireReplaceable(target);

        assertThatProblem(ProblemCode.STORAGE_FULL, "bytes are needed")
                .isThrownBy(() -> opened().file().requireRoom(Long.MAX_VALUE));
        try (var own = DriverManager.getConnection("jdbc:sqlite:" + target)) {
            own.createStatement().execute("BEGIN IMMEDIATE");
            assertThatProblem(ProblemCode.TARGET_IN_USE, "is in use by")
                    .isThrownBy(() -> ReplaceFile.requireReplaceable(target));
            assertThat(bytesOfFiles()).containsAll(before.subList(0, 1));
        }
    }

    @Test
    void runWhileThisProcessWantsToReadKeepsItOutAndItsLockStands() throws Exception {
        SampleDatabases.accounts(target, "DELETE");

        replacement().run(NOW, (done, total) -> {
            if (done == 1) {
                assertThatExceptionOfType(SourceException.BeingReplaced.class)
                        .isThrownBy(() -> DatabaseFacts.read(target));
                assertThat(Holders.of(target))
                        .singleElement()
                        .satisfies(self -> assertThat(self.locks()).contains("EXCLUSIVE"));
            }
        });

        assertThat(DatabaseFacts.read(target).pageCount()).isEqualTo(2);
    }

    @Test
    void runKeepsOwnerGroupAndMode() throws Exception {
        assumeThat(System.getProperty("user.name")).isEqualTo("root");
        SampleDatabases.accounts(target, "DELETE");
        Files.setAttribute(target, "unix:uid", 12345);
        Files.setAttribute(target, "unix:gid", 23456);
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r-----"));

        replacement().run(NOW, PageProgress.NONE);

        assertThat(Files.getAttribute(target, "unix:uid")).isEqualTo(12345);
        assertThat(Files.getAttribute(target, "unix:gid")).isEqualTo(23456);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void runMovesAWalThatWasNotCheckpointedWithItsDatabase() throws Exception {
        leaveWal();

        var folder = replacement().run(NOW, PageProgress.NONE).oldFiles();

        assertThat(filesIn(live)).containsExactly("orders.db", DATED);
        assertThat(content(target)).isEqualTo(content(source));
        assertThat(ask(folder.resolve("orders.db"), "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                .isEqualTo("50");
    }

    @Test
    void runMovesAHotJournalWithItsDatabase() throws Exception {
        leaveHotJournal();

        var folder = replacement().run(NOW, PageProgress.NONE).oldFiles();

        assertThat(filesIn(live)).containsExactly("orders.db", DATED);
        assertThat(content(target)).isEqualTo(content(source));
        assertThat(ask(folder.resolve("orders.db"), "SELECT sum(balance) FROM account"))
                .isEqualTo("1000000");
        assertThat(ask(folder.resolve("orders.db"), "PRAGMA integrity_check")).isEqualTo("ok");
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenAProcessHasItOpenThrowsInUseNamingItAndMovesNothing(String journalMode) throws Exception {
        SampleDatabases.accounts(target, journalMode);
        try (var application = OtherProcess.start(LiveApplication.class, "write-wal", target)) {
            application.awaitLine("written");
            var before = filesIn(live);

            assertThatProblem(ProblemCode.TARGET_IN_USE, "is in use by")
                    .isThrownBy(() -> replacement().run(NOW, PageProgress.NONE))
                    .withMessageContaining("process " + application.pid())
                    .satisfies(inUse -> assertThat(inUse.code()).isEqualTo(ProblemCode.TARGET_IN_USE));

            assertThat(filesIn(live)).containsAll(before);
            assertThat(filesIn(live)).doesNotContain(DATED);
        }
    }

    @Test
    void runWhenThisProcessHasItOpenThrowsInUse() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        try (var own = DriverManager.getConnection("jdbc:sqlite:" + target)) {
            own.createStatement().execute("BEGIN IMMEDIATE");

            assertThatProblem(ProblemCode.TARGET_IN_USE, "is in use by")
                    .isThrownBy(() -> replacement().run(NOW, PageProgress.NONE))
                    .withMessageContaining("process " + ProcessHandle.current().pid());
        }
    }

    @Test
    void runWhenAProcessOpensItWhileItIsLockedPutsItBackAndLetsThatProcessIn() throws Exception {
        SampleDatabases.accounts(target, "DELETE");
        var started = new ArrayList<OtherProcess>();
        try {
            assertThatProblem(ProblemCode.TARGET_IN_USE, "is in use by")
                    .isThrownBy(() -> replacement().run(NOW, (done, total) -> {
                        if (done == 2) {
                            started.add(OtherProcess.start(LiveApplication.class, "hold", target, "IMMEDIATE"));
                            awaitOpenBy(started.getFirst().pid());
                        }
                    }));

            var application = started.getFirst();
            application.awaitLine("holding");
            application.send("release");
            application.awaitLine("released");
            application.send("end");
            assertThat(application.awaitExit()).isZero();
            assertThat(ask(target, "SELECT count(*) FROM account")).isEqualTo("1000");
        } finally {
            started.forEach(OtherProcess::close);
        }
    }

    private void awaitOpenBy(long pid) {
        while (Holders.of(target).stream().noneMatch(holder -> holder.pid() == pid)) {
            Thread.onSpinWait();
        }
    }

    @Test
    void runWhenTheTargetIsMissingOrADirectoryOrALinkThrowsNotReplaceable() throws Exception {
        var linked = SampleDatabases.accounts(directory.resolve("linked.db"), "DELETE");
        var nothing = replacement();
        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "is not a regular file")
                .isThrownBy(() -> nothing.run(NOW, PageProgress.NONE))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(ProblemCode.TARGET_NOT_REPLACEABLE));
        Files.createSymbolicLink(target, linked);
        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "is not a regular file")
                .isThrownBy(() -> ReplaceFile.requireReplaceable(target));
        Files.delete(target);
        Files.createDirectory(target);
        assertThatProblem(ProblemCode.TARGET_NOT_REPLACEABLE, "is not a regular file")
                .isThrownBy(() -> ReplaceFile.requireReplaceable(target));
        assertThat(ask(linked, "SELECT count(*) FROM account")).isEqualTo("1000");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void runWhenCancelledAfterAStepPutsTheOldFilesBack(long step) throws Exception {
        leaveWal();
        var before = bytesOfFiles();
        var replacement = replacement();

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> replacement.run(NOW, (done, total) -> {
                    if (done == step) {
                        throw new CancellationException();
                    }
                }));
        replacement.file().discard();

        assertThat(bytesOfFiles()).isEqualTo(before);
        assertThat(ask(target, "SELECT count(*) FROM account WHERE note = 'in the WAL'"))
                .isEqualTo("50");
    }

    @Test
    void runWhenTheNewFileIsMissingPutsTheOldFilesBack() throws Exception {
        leaveWal();
        var before = bytesOfFiles();
        var replacement = replacement();

        assertThatExceptionOfType(TargetException.Unwritable.class)
                .isThrownBy(() -> replacement.run(NOW, (done, total) -> {
                    if (done == 4) {
                        replacement.file().discard();
                    }
                }));

        assertThat(bytesOfFiles()).isEqualTo(before);
    }

    @Test
    void runWhenSomebodyCreatesAFileMeanwhileSaysSoAndNamesWhereTheOldFilesAre() throws Exception {
        leaveWal();
        var replacement = replacement();

        assertThatExceptionOfType(TargetException.TakenMeanwhile.class)
                .isThrownBy(() -> replacement.run(NOW, (done, total) -> {
                    if (done == 3) {
                        SampleDatabases.create(target, "CREATE TABLE theirs (x)");
                    }
                }))
                .withMessageContaining(DATED);
        replacement.file().discard();

        assertThat(ask(target, "SELECT name FROM sqlite_schema")).isEqualTo("theirs");
        assertThat(ask(live.resolve(DATED).resolve("orders.db"), "SELECT count(*) FROM account WHERE note <> 'n'"))
                .isEqualTo("1000");
        assertThat(replacement.recover()).isEmpty();
        assertThat(filesIn(live)).containsExactly("orders.db", DATED);
    }
}
