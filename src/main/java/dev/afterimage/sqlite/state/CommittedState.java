package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tells the state that is committed in a live database from all later ones: it still is that one only if nobody has committed in
 * between, nor written the file without keeping SQLite's rules.
 */
public sealed interface CommittedState {

    /**
     * In rollback mode each commit increases the <a href="https://www.sqlite.org/fileformat2.html#file_change_counter">change
     * counter</a> of the header.
     *
     * @param header empty if the file is
     */
    record InFile(Optional<DatabaseHeader> header, FileStamp stamp) implements CommittedState {

        @Override
        public boolean isStill(CommittedState earlier) {
            return equals(earlier);
        }

        @Override
        public @Nullable LivePages pages(SourceFile file, LiveFile live, PageProgress progress) {
            return header.map(first -> new LivePages(live, first.pageSize(), pagesOf(first, file), null))
                    .orElse(null);
        }
    }

    /**
     * In WAL mode each commit adds frames, or begins the WAL anew with other salts, and counts in what is published.
     *
     * @param header as it stands in the database file; it may change without any commit, and is not compared
     * @param backfill without whose progress the file cannot change
     */
    record InWal(DatabaseHeader header, WalIndexHeader published, FileStamp stamp, Backfill backfill)
            implements CommittedState {

        @Override
        public boolean isStill(CommittedState earlier) {
            return earlier instanceof InWal before
                    && published.equals(before.published)
                    && (stamp.equals(before.stamp) || before.backfill.movedUntil(backfill));
        }

        @Override
        public LivePages pages(SourceFile file, LiveFile live, PageProgress progress) {
            long pages = published.frames() > 0 ? published.pageCount() : pagesOf(header, file);
            var wal = new CommittedWal(file, live, header.pageSize(), published, progress);
            return new LivePages(live, header.pageSize(), pages, wal);
        }
    }

    private static long pagesOf(DatabaseHeader header, SourceFile file) {
        return header.pageCountIsValid() ? header.pageCount() : Math.ceilDiv(file.bytes(), (long) header.pageSize());
    }

    /** Whether this, which was looked at later, is certainly the same; both are of one file. */
    boolean isStill(CommittedState earlier);

    /**
     * Its pages, of the file and of the WAL. The caller sees that nobody takes them away while they are read: by a read transaction that
     * is not younger than this state, or by a lock that keeps all others from writing, which also keeps the WAL from being begun anew.
     *
     * @return closed by the caller; null if the file is empty
     * @throws SourceException if the WAL cannot be read
     */
    @Nullable
    LivePages pages(SourceFile file, LiveFile live, PageProgress progress);

    /**
     * Looks at a database that this process has open and whose hot journal has been settled. In rollback mode the caller has
     * it locked, be it for reading, or it may see a commit that is then rolled back.
     *
     * @throws SourceException.NotScannable if the {@code -shm} does not tell for a second
     */
    static CommittedState of(SourceFile file, LiveFile live) {
        var header = live.header();
        return header.isPresent() && header.get().journalMode() == JournalMode.WAL
                ? inWal(file, live, header.get())
                : new InFile(header, FileStamp.of(file));
    }

    /** The file is looked at before its backfill: what has changed it meanwhile is no reason not to trust it. */
    private static CommittedState inWal(SourceFile file, LiveFile live, DatabaseHeader header) {
        var published = new PublishedState(file, live).read(Duration.ZERO, PageProgress.NONE);
        var stamp = FileStamp.of(file);
        return new InWal(header, published, stamp, Backfill.read(live));
    }
}
