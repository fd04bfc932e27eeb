package dev.afterimage.sqlite.live;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.CopyBy;
import dev.afterimage.sqlite.capture.OnlineCopy;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.replace.LiveReplace;
import dev.afterimage.sqlite.replace.SoleUse;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application, as a process of its own, has other files than those that lie at the path. */
@EnabledOnOs(OS.LINUX)
class ApplicationFilesTests {

    private static final CaptureOptions IMPATIENT = new CaptureOptions(Duration.ZERO, 0);
    private static final String WRITE = "UPDATE account SET note = 'written' WHERE id = 1";
    private static final String READ = "SELECT note FROM account WHERE id = 1";

    @TempDir
    Path directory;

    private Path database;

    @BeforeEach
    void findDirectory() throws Exception {
        directory = directory.toRealPath();
        database = directory.resolve("live.db");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-wal -shm", "-shm", "-wal"})
    void whatLiesBesideWasDeletedUnderTheApplication(String deleted) throws Exception {
        SampleDatabases.accounts(database, "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "obey", database)) {
            application.awaitLine("obeying");
            assertThat(application.ask(WRITE)).isEqualTo("done");
            assertEverythingIsPossible();
            for (var suffix : deleted.split(" ")) {
                Files.delete(directory.resolve("live.db" + suffix));
            }

            assertNothingIsPossible();

            endInAnOrderlyWay(application);
        }
        // As the hint says: nothing that it wrote is lost.
        assertEverythingIsPossible();
        OnlineCopy.run(database, directory.resolve("copy.db"), IMPATIENT, PageProgress.NONE);
        assertThat(SampleDatabases.ask(directory.resolve("copy.db"), READ)).isEqualTo("written");
    }

    /** It looks like an empty database, which has no WAL; the application has one. */
    @Test
    void whatLiesBesideWasDeletedUnderTheApplicationAndTheFileEmptied() throws Exception {
        SampleDatabases.accounts(database, "WAL");
        try (var application = OtherProcess.start(LiveApplication.class, "obey", database)) {
            application.awaitLine("obeying");
            assertThat(application.ask(WRITE)).isEqualTo("done");
            Files.delete(Beside.wal(database));
            Files.delete(Beside.shm(database));
            Files.write(database, new byte[0]);

            for (var method : List.of(CopyBy.ONLINE, CopyBy.VACUUM)) {
                assertThatExceptionOfType(SourceException.Elsewhere.class)
                        .as(method.name())
                        .isThrownBy(
                                () -> method.run(database, directory.resolve("copy"), IMPATIENT, PageProgress.NONE));
            }
            assertThatExceptionOfType(SourceException.Elsewhere.class).isThrownBy(() -> DatabaseFacts.read(database));
        }
    }

    @Test
    void applicationHasTheFileAsAMountOfItsOwnInAnotherDirectory() throws Exception {
        SampleDatabases.accounts(database, "WAL");
        var mounted = Files.createFile(
                Files.createDirectory(directory.resolve("container")).resolve("app.db"));
        var mounting =
                List.of("unshare", "-m", "sh", "-c", "mount --bind \"$1\" \"$2\" && shift 2 && exec \"$@\"", "sh");
        var prefix = Stream.concat(mounting.stream(), Stream.of(database.toString(), mounted.toString()))
                .toList();
        assumeThat(OtherProcess.canRunUnder(prefix)).as("a mount may be made").isTrue();
        try (var application = OtherProcess.startUnder(prefix, LiveApplication.class, "obey", mounted)) {
            application.awaitLine("obeying");
            assertThat(application.ask(WRITE)).isEqualTo("done");
            assertThat(mounted.resolveSibling("app.db-wal")).exists();

            assertNothingIsPossible();

            endInAnOrderlyWay(application);
        }
        assertEverythingIsPossible();
    }

    @Test
    void applicationHasTheFileThatHadTheNameBefore() throws Exception {
        SampleDatabases.accounts(database, "DELETE");
        var next = SampleDatabases.accounts(directory.resolve("next.db"), "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "obey", database)) {
            application.awaitLine("obeying");
            assertThat(application.ask(WRITE)).isEqualTo("done");
            Files.move(next, database, StandardCopyOption.ATOMIC_MOVE);

            assertNoCaptureIsPossible();
            assertThatProblem(ProblemCode.APPLICATION_ELSEWHERE)
                    .isThrownBy(() -> LiveReplace.of(database, HotJournals.SETTLE));
            assertThatProblem(ProblemCode.APPLICATION_ELSEWHERE).isThrownBy(() -> SoleUse.of(database));

            endInAnOrderlyWay(application);
        }
        assertEverythingIsPossible();
        try (var use = SoleUse.of(database)) {
            assertThat(use).isNotNull();
        }
    }

    /** As one that reads a data set which others replace by a rename, and will open the new one in its own time. */
    @Test
    void whoCanOnlyReadTheFileThatHadTheNameBeforeIsNotInTheWay() throws Exception {
        SampleDatabases.accounts(database, "DELETE");
        var next = SampleDatabases.accounts(directory.resolve("next.db"), "DELETE");
        try (var reading = OtherProcess.start(Reading.class, database)) {
            reading.awaitLine("reading");
            Files.move(next, database, StandardCopyOption.ATOMIC_MOVE);
            assertEverythingIsPossible();
        }
    }

    /** A file, until the process is killed. */
    static final class Reading {

        public static void main(String[] arguments) throws Exception {
            try (var file = FileChannel.open(Path.of(arguments[0]))) {
                System.out.println("reading");
                System.in.read();
                file.size();
            }
        }
    }

    private void assertNothingIsPossible() {
        assertNoCaptureIsPossible();
        assertThatExceptionOfType(SourceException.Elsewhere.class).isThrownBy(() -> DatabaseFacts.read(database));
        assertThatExceptionOfType(SourceException.Elsewhere.class)
                .isThrownBy(() -> Checkpoint.run(database, Checkpoint.Mode.PASSIVE, Duration.ZERO));
        assertThatProblem(ProblemCode.APPLICATION_ELSEWHERE)
                .isThrownBy(() -> LiveReplace.of(database, HotJournals.SETTLE));
        assertThatProblem(ProblemCode.APPLICATION_ELSEWHERE).isThrownBy(this::preview);
    }

    private void assertNoCaptureIsPossible() {
        for (var method : CopyBy.values()) {
            assertThatExceptionOfType(SourceException.Elsewhere.class)
                    .as(method.name())
                    .isThrownBy(() -> method.run(database, directory.resolve("copy"), IMPATIENT, PageProgress.NONE));
        }
    }

    private void assertEverythingIsPossible() throws Exception {
        for (var method : CopyBy.values()) {
            var copy = directory.resolve("copy");
            assertThatCode(() -> method.run(database, copy, IMPATIENT, PageProgress.NONE))
                    .as(method.name())
                    .doesNotThrowAnyException();
            Files.delete(copy);
        }
        assertThatCode(this::preview).doesNotThrowAnyException();
    }

    private void preview() throws Exception {
        LiveReplace.requireReplaceable(
                database, DatabaseHeader.parse(Files.readAllBytes(database)), 4096, Duration.ZERO);
    }

    private static void endInAnOrderlyWay(OtherProcess application) {
        application.endInput();
        assertThat(application.awaitExit()).isZero();
    }
}
