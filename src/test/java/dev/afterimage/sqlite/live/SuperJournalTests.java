package dev.afterimage.sqlite.live;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.replace.LiveTarget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** See {@link HostilePathTests} for journals that do name a file. */
class SuperJournalTests {

    private static final int LOOKS = 20_000;

    @TempDir
    Path directory;

    @Test
    void requireNoneWhenAWriterCreatesAndDeletesItsJournalAllTheTimeFindsNone() throws Exception {
        var source = SampleDatabases.accounts(directory.resolve("source.db"), "DELETE");
        var file = SourceFile.find(source);
        try (var writer = OtherProcess.start(CommittingProcess.class, Beside.journal(source))) {
            writer.awaitLine("committing");
            for (int look = 0; look < LOOKS; look++) {
                assertThatCode(() -> SuperJournal.requireNone(file)).doesNotThrowAnyException();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void openWhileAnApplicationCommitsToTwoDatabasesWaitsForIt(Writer writer) throws Exception {
        var file = SourceFile.find(SampleDatabases.accounts(directory.resolve("source.db"), "DELETE"));
        try (var application = stoppedInMidCommit(file)) {
            var opening = new FutureTask<>(() -> writer.open(file, Duration.ofMinutes(1)));
            var thread = Thread.ofPlatform().start(opening);
            while (thread.getState() != Thread.State.TIMED_WAITING && thread.isAlive()) {
                Thread.onSpinWait();
            }
            application.goOn();
            opening.get().close();
        }
    }

    /** Its job is tried again, other than after a crash. */
    @Test
    void openWhenThatApplicationDoesNotEndItsCommitThrowsLockedAndNamesIt() throws Exception {
        var file = SourceFile.find(SampleDatabases.accounts(directory.resolve("source.db"), "DELETE"));
        try (var application = stoppedInMidCommit(file)) {
            assertThatExceptionOfType(SourceException.Locked.class)
                    .isThrownBy(() -> WriteLock.take(file, new CaptureOptions(Duration.ZERO, 0), PageProgress.NONE))
                    .satisfies(locked ->
                            assertThat(locked.holders()).extracting(Holder::pid).containsExactly(application.pid()));
            assertThatProblem(ProblemCode.TARGET_IN_USE, "is in use by")
                    .isThrownBy(() -> LiveTarget.open(file, Duration.ZERO, HotJournals.SETTLE));
        }
    }

    /** Those who open a live database to write. */
    enum Writer {
        LOCKED_COPY {
            @Override
            AutoCloseable open(SourceFile file, Duration patience) {
                return WriteLock.take(file, new CaptureOptions(patience, 0), PageProgress.NONE);
            }
        },
        REPLACE_LIVE {
            @Override
            AutoCloseable open(SourceFile file, Duration patience) {
                return LiveTarget.open(file, patience, HotJournals.SETTLE);
            }
        };

        abstract AutoCloseable open(SourceFile file, Duration patience);
    }

    /** Where its journal names a super-journal that is there, as for a moment in each of its commits. */
    private OtherProcess stoppedInMidCommit(SourceFile file) {
        var other = SampleDatabases.accounts(directory.resolve("other.db"), "DELETE");
        var application = OtherProcess.start(LiveApplication.class, "commit-both", file.path(), other);
        application.awaitLine("committing");
        while (true) {
            application.stop();
            try {
                SuperJournal.requireNone(file);
                application.goOn();
            } catch (SourceException.SuperJournal inMidCommit) {
                return application;
            }
        }
    }

    /** As far as the journal's name goes: it is there, and it is gone. */
    static final class CommittingProcess {

        public static void main(String[] arguments) throws Exception {
            var journal = Path.of(arguments[0]);
            System.out.println("committing");
            while (true) {
                Files.createFile(journal);
                Files.delete(journal);
            }
        }
    }
}
