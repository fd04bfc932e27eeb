package dev.afterimage.sqlite.live;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.Beside;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.capture.Capture;
import dev.afterimage.sqlite.capture.VacuumCopy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A journal that looks hot, and is gone at the next look, as one that a living writer deletes. That moment cannot be met at will; a
 * hot one that another process settles can.
 */
class PinnedReadTests {

    private static byte[] intact;
    private static byte[] half;
    private static byte[] journal;

    @TempDir
    Path directory;

    private SourceFile file;

    @BeforeAll
    static void crash(@TempDir Path directory) throws Exception {
        var database = SampleDatabases.accounts(directory.resolve("live.db"), "DELETE");
        intact = Files.readAllBytes(database);
        try (var writer = OtherProcess.start(LiveApplication.class, "die", database)) {
            writer.awaitLine("in mid-transaction");
            writer.kill();
        }
        half = Files.readAllBytes(database);
        journal = Files.readAllBytes(Beside.journal(database));
    }

    @BeforeEach
    void makeDatabase() throws Exception {
        file = SourceFile.find(Files.write(directory.toRealPath().resolve("live.db"), intact));
    }

    @Test
    void beginWithoutRollbackWhenTheJournalIsGoneAtASecondLookReads() {
        try (var application = OtherProcess.start(LiveApplication.class, "obey", file.path())) {
            application.awaitLine("obeying");
            leaveHotJournal();
            try (var read = PinnedRead.beginWithoutRollback(file, Duration.ZERO, onceRolledBackBy(application))) {
                assertThat(read.pageCount()).isPositive();
            }
        }
    }

    @Test
    void beginWhenTheJournalIsGoneAtASecondLookDoesNotSayThatAWriterCrashed() {
        try (var application = OtherProcess.start(LiveApplication.class, "obey", file.path())) {
            application.awaitLine("obeying");
            leaveHotJournal();
            try (var read = PinnedRead.begin(file, Duration.ZERO, HotJournals.SETTLE, onceRolledBackBy(application))) {
                assertThat(read.notes()).isEmpty();
            }
        }
    }

    @Test
    void beginWhenTheJournalStaysRollsItBackAndSaysSo() {
        leaveHotJournal();
        try (var read = PinnedRead.begin(file, Duration.ZERO, HotJournals.SETTLE, PageProgress.NONE)) {
            assertThat(read.notes()).singleElement().asString().contains("crashed writer");
        }
        assertThat(SampleDatabases.filesIn(directory)).containsExactly("live.db");
    }

    @Test
    void beginWithoutRollbackWhenTheJournalStaysThrowsAndLeavesIt() {
        leaveHotJournal();
        assertThatExceptionOfType(SourceException.HotJournal.class)
                .isThrownBy(() -> PinnedRead.beginWithoutRollback(file, Duration.ZERO, PageProgress.NONE));
        assertThat(SampleDatabases.filesIn(directory)).containsExactly("live.db", "live.db-journal");
    }

    /** VACUUM INTO ends the pinned transaction, and begins one of its own; a second one keeps writers out meanwhile. */
    @Test
    void vacuumWhenTheFileIsOverwrittenInBetweenIsDisturbed() {
        assertThatProblem(ProblemCode.BACKUP_INTERRUPTED, "while it was read")
                .isThrownBy(() -> vacuum(justBeforeVacuum(), PageProgress.NONE));
    }

    private Capture vacuum(InstantSource clock, PageProgress progress) {
        var options = new CaptureOptions(Duration.ZERO, 0, HotJournals.SETTLE, clock.withZone(ZoneOffset.UTC));
        return VacuumCopy.run(file.path(), directory.resolve("copy.db"), options, progress);
    }

    /** The clock is asked for the first time when the pinned transaction has ended. */
    private InstantSource justBeforeVacuum() {
        var isFirst = new AtomicBoolean(true);
        return () -> {
            if (isFirst.getAndSet(false)) {
                leaveHotJournal();
            }
            return Clock.systemUTC().instant();
        };
    }

    /** As the writer that crashed did, at a time when no connection of this process holds a lock. */
    private void leaveHotJournal() {
        try {
            Files.write(file.path(), half);
            Files.write(Beside.journal(file.path()), journal);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** When progress is heard of for the first time after there was a journal, which is between two looks. */
    private PageProgress onceRolledBackBy(OtherProcess application) {
        return (done, total) -> {
            if (Beside.journal(file.path()).toFile().exists()) {
                assertThat(application.ask("SELECT count(*) FROM account")).isEqualTo("done");
            }
        };
    }
}
