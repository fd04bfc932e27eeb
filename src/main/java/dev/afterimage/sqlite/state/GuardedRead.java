package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.ApplicationFiles;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A pinned read for captures by SQLite itself, which keeps pages in its cache: a guard, which is pinned before, keeps the file
 * steady ({@link SteadyFile}), and the read begins when the file is watched already, so that it has no page from before that.
 */
public final class GuardedRead implements AutoCloseable {

    private final PinnedRead guard;
    private final SteadyFile steady;
    private final PinnedRead read;

    /**
     * As {@link PinnedRead#begin}.
     *
     * @throws SourceException METHOD_NOT_POSSIBLE if an extension keeps something at the ends of pages, which SQLite would not write again
     */
    public static GuardedRead begin(SourceFile file, CaptureOptions options, PageProgress progress) {
        ApplicationFiles.requireOurDatabase(file);
        var guard = PinnedRead.begin(file, options, progress);
        try {
            var steady = SteadyFile.under(guard);
            steady.settle();
            guard.requireNoReservedBytes();
            return new GuardedRead(guard, steady, second(file, options, progress));
        } catch (RuntimeException e) {
            try (guard) {
                throw e;
            }
        }
    }

    /**
     * Begins, and ends, without reading: to see whether it can be begun.
     *
     * @throws SourceException as {@link #begin}
     */
    public static JournalMode tryOut(Path source, CaptureOptions options, PageProgress progress) {
        try (var guarded = begin(SourceFile.find(source), options, progress)) {
            return guarded.read.journalMode();
        }
    }

    private static PinnedRead second(SourceFile file, CaptureOptions options, PageProgress progress) {
        try {
            return PinnedRead.beginWithoutRollback(file, options.patience(), progress);
        } catch (SourceException.HotJournal e) { // which cannot be settled under the guard
            throw SourceException.crashed(file.path(), e);
        }
    }

    private GuardedRead(PinnedRead guard, SteadyFile steady, PinnedRead read) {
        this.guard = guard;
        this.steady = steady;
        this.read = read;
    }

    /** By which to read; its transaction may be ended before {@link #release}, and others begun. */
    public PinnedRead read() {
        return read;
    }

    public List<String> notes() {
        return guard.notes();
    }

    /** Reports as that progress does, and ends the reading if the file is disturbed. */
    public PageProgress watching(PageProgress progress) {
        return (done, total) -> {
            steady.lookNowAndThen();
            progress.pages(done, total);
        };
    }

    /**
     * Ends the guard's transaction.
     *
     * @return for how long nobody else could commit
     * @throws SourceException BACKUP_INTERRUPTED if what was read is worth nothing
     */
    public Duration release() {
        return steady.release(guard);
    }

    @Override
    public void close() {
        try (guard) {
            read.close();
        }
    }
}
