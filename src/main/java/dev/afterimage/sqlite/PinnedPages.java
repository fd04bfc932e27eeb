package dev.afterimage.sqlite;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The pages of one committed state of a live database, which a read transaction keeps in place until {@link #release}. */
final class PinnedPages implements AutoCloseable {

    private final PinnedRead read;
    private final LiveFile live;
    private final CaptureOptions options;
    private final @Nullable CommittedWal wal;
    private Instant pinnedAt;

    /**
     * Begins the transaction, and finds out what the WAL has.
     *
     * @param live of which the caller is a user for as long as this is open
     * @throws SourceException.NotScannable if the database is empty, or has an unknown WAL
     */
    static PinnedPages begin(SourceFile file, LiveFile live, CaptureOptions options, PageProgress progress) {
        var read = PinnedRead.begin(file, options.patience(), progress);
        try {
            if (read.pageCount() == 0) {
                throw new SourceException.NotScannable(file.path(), "it is empty, it has no pages yet");
            }
            return new PinnedPages(read, live, options, progress);
        } catch (RuntimeException e) {
            try (read) {
                throw e;
            }
        }
    }

    private PinnedPages(PinnedRead read, LiveFile live, CaptureOptions options, PageProgress progress) {
        this.read = read;
        this.live = live;
        this.options = options;
        this.pinnedAt = options.clock().instant();
        this.wal = read.journalMode() == JournalMode.WAL ? new CommittedWal(read.file(), live, read.pageSize()) : null;
        if (wal != null) {
            readCommitted(wal, progress);
        }
    }

    private void readCommitted(CommittedWal committed, PageProgress progress) {
        try {
            pinnedAt = options.clock().instant();
            committed.advance(committed.published(options.patience(), progress));
        } catch (RuntimeException e) {
            try (committed) {
                throw e;
            }
        }
    }

    /** How far the WAL is committed now; empty in rollback-journal mode, where nothing is committed any more. */
    Optional<WalIndexHeader> published(PageProgress progress) {
        return Optional.ofNullable(wal).map(committed -> committed.published(options.patience(), progress));
    }

    /** Goes on to a state that was published later. */
    void advance(Optional<WalIndexHeader> published, Instant moment) {
        if (wal != null) {
            published.ifPresent(wal::advance);
        }
        pinnedAt = moment;
    }

    /** How many pages, one after the other from the first on, have newer versions in the WAL. */
    int pagesInWal(long firstPage, int atMost) {
        return wal == null ? 0 : wal.pagesWithFrames(firstPage, atMost);
    }

    Instant pinnedAt() {
        return pinnedAt;
    }

    JournalMode journalMode() {
        return read.journalMode();
    }

    int pageSize() {
        return read.pageSize();
    }

    long pageCount() {
        return wal == null || wal.state() == null
                ? read.pageCount()
                : wal.state().pageCount();
    }

    List<String> notes() {
        return read.notes();
    }

    LivePages pages() {
        return new LivePages(live, pageSize(), pageCount(), wal);
    }

    StateMark mark() {
        return StateMark.of(read.file(), live, wal == null ? null : wal.state());
    }

    /**
     * Ends the transaction; the pages may be overwritten from now on.
     *
     * @return for how long nobody else could commit
     */
    Duration release() {
        return read.release();
    }

    @Override
    public void close() {
        try (read) {
            if (wal != null) {
                wal.close();
            }
        }
    }
}
