package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.ApplicationFiles;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.Extent;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The pages of one committed state of a live database, which a read transaction keeps in place until {@link #release}. */
public final class PinnedPages implements AutoCloseable {

    private final PinnedRead read;
    private final LiveFile live;
    private final CaptureOptions options;
    private final SteadyFile steady;
    private Instant pinnedAt;
    private Optional<WalIndexHeader> published;
    private @Nullable CommittedWal wal;

    /** @throws SourceException.NotScannable if it cannot be told from others */
    public static SourceFile findScannable(Path source) {
        var file = SourceFile.find(source);
        if (file.identity() == null) {
            throw new SourceException.NotScannable(file.path(), "its file system does not tell files apart by inode");
        }
        return file;
    }

    /**
     * Begins, and ends, without reading: to see whether it can be begun.
     *
     * @throws SourceException as {@link #begin}
     */
    public static JournalMode tryOut(Path source, CaptureOptions options, PageProgress progress) {
        var file = findScannable(source);
        ApplicationFiles.requireOurDatabase(file);
        var live = LiveFile.enter(file);
        try (var pages = begin(file, live, options, progress)) {
            var _ = pages.mark(); // or it would not be scannable
            pages.release();
            file.requireUnreplaced();
            return pages.journalMode();
        } finally {
            live.leave();
        }
    }

    /**
     * Begins the transaction, and finds out how far the WAL is committed; the WAL itself is not read yet.
     *
     * @param live of which the caller is a user for as long as this is open
     * @throws SourceException.NotScannable if the database is empty, or what is in its WAL cannot be told
     */
    public static PinnedPages begin(SourceFile file, LiveFile live, CaptureOptions options, PageProgress progress) {
        return of(PinnedRead.begin(file, options, progress), live, options, progress);
    }

    /** The same by {@link PinnedRead#beginAlone}. */
    public static PinnedPages beginAlone(
            SourceFile file, LiveFile live, CaptureOptions options, PageProgress progress) {
        return of(PinnedRead.beginAlone(file, options, progress), live, options, progress);
    }

    private static PinnedPages of(PinnedRead read, LiveFile live, CaptureOptions options, PageProgress progress) {
        try {
            if (read.pageCount() == 0) {
                throw new SourceException.NotScannable(read.file().path(), "it is empty, it has no pages yet");
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
        this.steady = SteadyFile.under(read);
        this.pinnedAt = options.clock().instant();
        this.published = published(progress);
    }

    /** How far the WAL is committed now; empty in rollback-journal mode, where nobody can commit. */
    public Optional<WalIndexHeader> published(PageProgress progress) {
        return read.journalMode() == JournalMode.WAL
                ? Optional.of(new PublishedState(read.file(), live).read(options.patience(), progress))
                : Optional.empty();
    }

    /** Goes on to what was published later. */
    void advance(Optional<WalIndexHeader> later, Instant moment) {
        published = later;
        pinnedAt = moment;
    }

    public Instant pinnedAt() {
        return pinnedAt;
    }

    public JournalMode journalMode() {
        return read.journalMode();
    }

    public int pageSize() {
        return read.pageSize();
    }

    public long pageCount() {
        return inWal().map(WalIndexHeader::pageCount).orElse(read.pageCount());
    }

    private Optional<WalIndexHeader> inWal() {
        return published.filter(state -> state.frames() > 0);
    }

    public List<String> notes() {
        return read.notes();
    }

    /** Of the state in which it was pinned first. To be asked for before {@link #release}. */
    public Extent extent() {
        return read.extent();
    }

    /** By which the state can be recognised later. */
    public StateMark mark() {
        return StateMark.of(read.file(), live, inWal().orElse(null));
    }

    /**
     * What files that were frozen since this was pinned are of, and are read as later.
     *
     * <p>A WAL that was begun anew meanwhile has nothing of the state, as {@link CommittedWal} tells; then the file has all of it.
     */
    public FrozenState frozen(PageProgress progress) {
        var wal = inWal().filter(pinned ->
                published(progress).filter(now -> now.salts() == pinned.salts()).isPresent());
        var header = wal.isPresent() ? null : live.header().orElse(null);
        return new FrozenState(
                read.file(), journalMode(), pageSize(), pageCount(), read.file().bytes(), header, wal.orElse(null));
    }

    /**
     * Sees that it still is the newest state: for whoever keeps all others from committing.
     *
     * @throws SourceException BACKUP_INTERRUPTED if somebody has committed all the same
     */
    public void requireNewest(PageProgress progress) {
        if (!published(progress).equals(published)) {
            throw SourceException.overwritten(read.file().path());
        }
    }

    /** To be called before something else than {@link #pages} relies on this state. */
    public void settle() {
        steady.settle();
    }

    /** The pages as the file has them, of no certain state once this is closed. */
    public LivePages unpinnedPages() {
        return new LivePages(live, pageSize(), pageCount(), null);
    }

    /**
     * To be read until {@link #release}. Reads the WAL up to the state, once.
     *
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    public LivePages pages(PageProgress progress) {
        steady.settle();
        var state = inWal();
        if (wal == null && state.isPresent()) {
            wal = new CommittedWal(read.file(), live, pageSize(), state.get(), progress);
        }
        return new LivePages(live, pageSize(), pageCount(), wal);
    }

    /**
     * The same for whoever has the pages of an earlier state of this file.
     *
     * @param mark of that state: where all commits since then are in the WAL, the pages tell which of them may have changed
     */
    public LivePages pagesSince(String mark, PageProgress progress) {
        var pages = pages(progress);
        return StateMark.InWal.of(mark)
                .filter(earlier ->
                        earlier.file().equals(String.valueOf(read.file().identity())))
                .map(pages::since)
                .orElse(pages);
    }

    /** @throws SourceException BACKUP_INTERRUPTED as {@link #release} will: to be asked while the pages are read */
    public void requireSteadyNowAndThen() {
        steady.lookNowAndThen();
    }

    /** Whether nothing of the state is in the WAL, so that {@link #pages} does not read one. */
    public boolean isAllInFile() {
        return inWal().isEmpty();
    }

    /** See {@link FileEnd}. To be asked for before {@link #release}. */
    public List<String> notesOnEnd(LivePages pages) {
        return FileEnd.look(read.file(), read.journalMode(), pages);
    }

    /**
     * Ends the transaction; the pages may be overwritten from now on.
     *
     * @return for how long nobody else could commit
     * @throws SourceException BACKUP_INTERRUPTED if what was read is worth nothing, because somebody wrote all the same
     */
    public Duration release() {
        return steady.release(read);
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
