package dev.afterimage.sqlite.capture;

import static dev.afterimage.sqlite.Connections.number;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.ProgressFromC;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.live.Attempts;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.LiveConnection;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.state.FileEnd;
import dev.afterimage.sqlite.state.GuardedRead;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.stream.Stream;
import org.sqlite.ProgressHandler;

/**
 * Captures a live database by <a href="https://www.sqlite.org/lang_vacuum.html#vacuuminto">VACUUM INTO</a>: the content
 * without unused space, on pages that have moved. The result is in rollback-journal mode whatever the source is in.
 */
public final class VacuumCopy {

    /** Often enough for a cancellation within milliseconds, seldom enough not to be felt. */
    private static final int VM_INSTRUCTIONS_PER_REPORT = 1_000;

    /** Rebuilt indexes may need more pages than they had, but never that many. */
    private static final int MOST_GROWTH = 2;

    private static final int SMALL = 1000;

    /**
     * As {@link OnlineCopy#run}, but the copy stops as soon as it is cancelled, and {@code pageCount} is that of the
     * compacted copy. A schema that needs a collation or function which only the application has cannot be captured
     * this way: {@link SourceException} SOURCE_UNREADABLE.
     *
     * @param progress hears pages written, and how many are in use in the source; the copy may need fewer
     */
    public static Capture run(Path source, Path staging, CaptureOptions options, PageProgress progress) {
        var file = SourceFile.find(source);
        long walBytesBefore = file.walBytes();
        try (var staged = StagingFile.at(staging);
                var guard = GuardedRead.begin(file, options, progress)) {
            var read = guard.read();
            var notesOnEnd = FileEnd.look(read, options, progress);
            var inPhase = guard.watching(progress.phase(OnlineCopy.PHASE, read.pageSize()));
            var reports = new ProgressFromC(inPhase, read.pageSize(), options.maxBytesPerSecond());
            reportEvery(VM_INSTRUCTIONS_PER_REPORT, read, staged, reports);
            var extent = read.extent();
            read.release();
            var began = vacuum(read, staged, options, reports, inPhase);
            var lockHeld = guard.release();
            staged.sync();
            var header = staged.verified();
            read.requireNoReservedBytes(header);
            var capture = new Capture(
                    began,
                    header.pageSize(),
                    header.pageCount(),
                    read.journalMode(),
                    lockHeld,
                    walBytesBefore,
                    file.walBytes(),
                    Stream.concat(guard.notes().stream(), notesOnEnd.stream()).toList(),
                    null,
                    extent);
            staged.keep();
            return capture;
        }
    }

    private static void reportEvery(int instructions, PinnedRead read, StagingFile staged, ProgressFromC reports) {
        try {
            long pagesInUse = read.pageCount() - number(read.connection(), "PRAGMA freelist_count");
            ProgressHandler.setHandler(read.connection(), instructions, new ProgressHandler() {
                @Override
                protected int progress() {
                    return reports.report(() -> pagesWritten(read, staged, pagesInUse), pagesInUse) ? 0 : 1;
                }
            });
        } catch (SQLException e) {
            throw Refusal.ofSource(read.file().path(), e);
        }
    }

    /** A database whose pages lead back to each other would be copied until the disk is full. */
    private static long pagesWritten(PinnedRead read, StagingFile staged, long pagesInUse) {
        long pages = staged.bytes() / read.pageSize();
        if (pages > MOST_GROWTH * (read.pageCount() + SMALL)) {
            throw new SourceException.Corrupt(
                    read.file().path(), "its content takes more than twice as many pages as it has", null);
        }
        return Math.min(pages, pagesInUse);
    }

    /** Returns when the statement that succeeded began, and with it the state that was captured. */
    private static Instant vacuum(
            PinnedRead read, StagingFile staged, CaptureOptions options, ProgressFromC reports, PageProgress progress) {
        try {
            return new Attempts(options.patience(), progress).make(burst -> {
                staged.delete(); // of the attempt before
                LiveConnection.requireReadable(read.file());
                burst.on(read.connection());
                try {
                    return vacuum(read, staged, options.clock(), reports);
                } catch (SQLException e) {
                    reports.throwIfStopped();
                    requireUsable(staged, read.pageSize(), e);
                    throw e;
                }
            });
        } catch (SQLException e) {
            throw refused(e, read, staged);
        }
    }

    private static Instant vacuum(PinnedRead read, StagingFile staged, Clock clock, ProgressFromC reports)
            throws SQLException {
        var began = clock.instant();
        try (var vacuum = read.connection().prepareStatement("VACUUM INTO ?")) {
            vacuum.setString(1, staged.path().toString());
            vacuum.execute();
            reports.throwIfStopped();
            return began;
        }
    }

    /** SQLite does not tell of which file its error is. */
    private static void requireUsable(StagingFile staged, int pageSize, SQLException e) {
        int code = Refusal.primaryCode(e);
        if (code == Refusal.CANTOPEN || code == Refusal.IOERR) {
            staged.probe(pageSize);
        }
    }

    private static ProblemException refused(SQLException e, PinnedRead read, StagingFile staged) {
        if (Refusal.isHotJournal(e)) { // which cannot be settled under the guard
            return SourceException.crashed(read.file().path(), e);
        }
        int code = Refusal.primaryCode(e);
        if (code == Refusal.FULL) {
            return StagingProblem.full(staged.path(), e);
        }
        if (code == Refusal.ERROR) {
            return SourceException.unreadable(
                    read.file().path(),
                    Refusal.words(e),
                    "Its schema needs something that only the application has. Use method ONLINE, which copies pages.",
                    e);
        }
        return Refusal.ofSource(read.file().path(), e);
    }

    private VacuumCopy() {}
}
