package dev.afterimage.sqlite.capture;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.ProgressFromC;
import dev.afterimage.sqlite.SpeedLimit;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.state.FileEnd;
import dev.afterimage.sqlite.state.GuardedRead;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Captures a live database by SQLite's <a href="https://www.sqlite.org/backup.html">Online Backup API</a>. The source's
 * state is pinned by a read transaction first: otherwise each commit of another process would restart the copy, which
 * then never ends while the database is busy. All pages but the first are copied byte for byte.
 */
public final class OnlineCopy {

    /** The phase in which a capture of any method copies. */
    static final String PHASE = "CAPTURING";

    private static final int BYTES_PER_STEP = 4 << 20;
    /** Small enough for a slow copy to flow rather than to jump. */
    private static final int BYTES_PER_STEP_WHEN_LIMITED = 1 << 20;

    /**
     * Copies {@code source} to {@code staging}, which must not exist, on the caller's thread. On return the copy is
     * synced to disk and was verified to be of the right size; no {@code -journal}, {@code -wal} or {@code -shm} is
     * beside it. After a failure nothing is left there. The source is not changed, except that the hot journal of a
     * crashed writer is rolled back, which is noted; a {@code -shm} and an empty {@code -wal} may appear beside it.
     *
     * <p>The driver's C code does not ask whether it is to stop, so after a cancellation {@linkplain StagingFile#refuseWrites its writes
     * fail}: it ends within a step, or as soon as it has filled SQLite's cache of 2 MB. Where there is no {@code /proc}, it runs to its end,
     * without pauses and speed limit.
     *
     * @param progress hears of the phase CAPTURING, and in it done and total pages after each step
     * @throws SourceException METHOD_NOT_POSSIBLE if an extension keeps something of each page at its end: the first page would be another
     * @throws SourceException if the source cannot be read
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE if the staging file cannot be written
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    public static Capture run(Path source, Path staging, CaptureOptions options, PageProgress progress) {
        var file = SourceFile.find(source);
        long walBytesBefore = file.walBytes();
        try (var staged = StagingFile.at(staging);
                var guard = GuardedRead.begin(file, options, progress)) {
            var read = guard.read();
            var notesOnEnd = FileEnd.look(read, options, progress);
            var pinnedAt = options.clock().instant();
            copy(guard, staged, options, progress);
            var extent = read.extent();
            var lockHeld = guard.release();
            // SQLite makes a database of one page from an empty file.
            long pageCount = Math.max(1, read.pageCount());
            staged.sync();
            read.requireNoReservedBytes(staged.verify(read.pageSize(), pageCount));
            var capture = new Capture(
                    pinnedAt,
                    read.pageSize(),
                    pageCount,
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

    private static void copy(GuardedRead guard, StagingFile staged, CaptureOptions options, PageProgress progress) {
        var read = guard.read();
        var inPhase = guard.watching(progress.phase(PHASE, read.pageSize()));
        var limit = new SpeedLimit(
                read.pageSize(), options.maxBytesPerSecond(), options.steps().pause());
        var reports = new ProgressFromC(inPhase, limit);
        try {
            int code = read.connection()
                    .getDatabase()
                    .backup(
                            "main",
                            staged.path().toString(),
                            (remaining, total) ->
                                    reports.report(() -> (long) total - remaining, total, staged::refuseWrites),
                            0,
                            0,
                            pagesPerStep(options, read.pageSize()));
            reports.throwIfStopped();
            requireOk(code, read, staged);
        } catch (SQLException e) {
            throw Refusal.ofSource(read.file().path(), e);
        }
    }

    private static int pagesPerStep(CaptureOptions options, int pageSize) {
        int bytes = options.maxBytesPerSecond() == 0 ? BYTES_PER_STEP : BYTES_PER_STEP_WHEN_LIMITED;
        return Objects.requireNonNullElse(options.steps().pages(), bytes / pageSize);
    }

    /** The driver returns the code that the C code left on the staging file's connection, without what extends it. */
    private static void requireOk(int code, PinnedRead read, StagingFile staged) {
        if (code == Refusal.FULL) {
            throw StagingProblem.full(staged.path(), null);
        }
        if (code == Refusal.CANTOPEN || code == Refusal.READONLY) {
            throw StagingProblem.unusable(staged.path(), "it cannot be created", null);
        }
        if (code == Refusal.IOERR) {
            staged.probe(read.pageSize());
        }
        if (code != 0) {
            throw Refusal.ofSource(read.file().path(), code);
        }
    }

    private OnlineCopy() {}
}
