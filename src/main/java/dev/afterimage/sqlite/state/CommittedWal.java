package dev.afterimage.sqlite.state;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.WalHeader;
import dev.afterimage.sqlite.format.WalIndexHeader;
import dev.afterimage.sqlite.live.LiveFile;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import dev.afterimage.sqlite.live.WalFile;
import dev.afterimage.sqlite.live.WalFrames;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the WAL of a pinned database adds to the database file: the newest committed version of some pages. Together they
 * are one committed state, for these reasons.
 *
 * <ol>
 *   <li>How far the WAL is committed is read from the {@code -shm} ({@link WalIndexHeader}). Frames up to there do not change
 *       until the WAL is begun anew.
 *   <li>The pinned connection holds a read mark. A checkpoint never writes frames newer than the oldest mark into the
 *       database file. So the file has nothing newer than these frames, and what it may have got of them meanwhile is taken
 *       from the WAL anyway.
 *   <li>The WAL can be begun anew under a reader only if that reader has mark 0, which means that all frames were in the
 *       database file when it was pinned, and that none has been added since: mark 0 keeps every checkpoint away from the
 *       file, and before it is all in the file, a WAL is not begun anew. Then the file alone is the state, and stays it.
 *   <li>Whoever begins it anew changes the salts in the {@code -shm} first, then the header of the WAL, then frames. So a frame
 *       that does not prove (or a header that is another) while the {@code -shm} has the same salts is damage; else the WAL is to be forgotten,
 *       as a whole or, after its frames were found, page by page: the database file has them.
 *   <li>Frames of a WAL that was begun anew after the pin may be used in the same way: no checkpoint can move them.
 * </ol>
 */
public final class CommittedWal implements AutoCloseable {

    /** A large WAL takes its time: all of it is read once, to find out where the pages are. */
    private static final String PHASE = "READING_WAL";

    private final SourceFile file;
    private final LongSupplier saltsNow;
    private final int pageSize;
    private final WalFile wal;
    private final WalIndexHeader state;
    private final @Nullable WalFrames frames;

    /**
     * Finds the frames up to a published state, reading the WAL up to there. The database is pinned since before that was
     * published, and until this is closed.
     *
     * @param progress hears of the phase READING_WAL, in which frames are counted
     * @throws SourceException.NotScannable if the WAL is of an unknown kind
     * @throws SourceException.Corrupt if committed frames do not have their checksums
     */
    public CommittedWal(SourceFile file, LiveFile live, int pageSize, WalIndexHeader state, PageProgress progress) {
        this(file, () -> new PublishedState(file, live).unchecked().salts(), pageSize, state, progress);
    }

    /**
     * The same of a WAL that nobody writes any more, nor begins anew.
     *
     * @throws SourceException.Corrupt if it does not have the frames of that state
     */
    static CommittedWal frozen(SourceFile file, int pageSize, WalIndexHeader state, PageProgress progress) {
        return new CommittedWal(file, state::salts, pageSize, state, progress);
    }

    private CommittedWal(
            SourceFile file, LongSupplier saltsNow, int pageSize, WalIndexHeader state, PageProgress progress) {
        this.file = file;
        this.saltsNow = saltsNow;
        this.pageSize = pageSize;
        this.state = state;
        this.wal = new WalFile(file);
        try {
            this.frames = state.frames() == 0 ? null : frames(progress);
        } catch (RuntimeException e) {
            try (wal) {
                throw e;
            }
        }
    }

    private @Nullable WalFrames frames(PageProgress progress) {
        var header = wal.header().filter(found -> found.salts() == state.salts());
        if (header.isEmpty()) {
            requireBegunAnew();
            return null;
        }
        requireKnown(header.get());
        var found = new WalFrames(wal, header.get());
        try {
            if (found.addUpTo(Math.toIntExact(state.frames()), progress.phase(PHASE, pageSize))) {
                requireLast(found);
                return found;
            }
            requireBegunAnew();
        } catch (RuntimeException e) {
            try (found) {
                throw e;
            }
        }
        found.close();
        return null;
    }

    private void requireLast(WalFrames found) {
        if (found.checksum() != state.checksum()) {
            throw new SourceException.Corrupt(file.path(), "its -wal and -shm files do not belong together", null);
        }
    }

    private void requireKnown(WalHeader header) {
        if (header.version() != WalHeader.KNOWN_VERSION) {
            throw new SourceException.NotScannable(
                    file.path(), "its WAL has version " + header.version() + ", which is not known");
        }
        if (header.pageSize() != pageSize) {
            throw new SourceException.NotScannable(
                    file.path(), "its WAL has pages of " + header.pageSize() + " bytes, the database of " + pageSize);
        }
    }

    private void requireBegunAnew() {
        if (saltsNow.getAsLong() == state.salts()) {
            throw new SourceException.Corrupt(
                    file.path(), "committed frames of its WAL do not have their checksums", null);
        }
    }

    /** The last frame of an earlier state of this database, if all commits since then are behind it in this WAL. */
    OptionalInt frameOf(StateMark.InWal earlier) {
        return frames != null && frames.beginWith(earlier.frames(), earlier.salts(), earlier.checksum())
                ? OptionalInt.of(earlier.frames())
                : OptionalInt.empty();
    }

    boolean hasFrameBehind(int frame, long page) {
        return frames == null || frames.frameOf(page) > frame;
    }

    /** How many pages, one after the other from the first on, have a frame. */
    int pagesWithFrames(long firstPage, int atMost) {
        int pages = 0;
        while (frames != null && pages < atMost && frames.frameOf(firstPage + pages) != 0) {
            pages++;
        }
        return pages;
    }

    /** Puts the pages that have a frame over those that were read from the database file. */
    void overlay(long firstPage, ByteBuffer run) {
        var found = frames;
        if (found == null) {
            return;
        }
        int pages = run.remaining() / pageSize;
        for (int page = 0; page < pages; ) {
            int frame = found.frameOf(firstPage + page);
            int consecutive = 1;
            while (frame != 0
                    && page + consecutive < pages
                    && found.frameOf(firstPage + page + consecutive) == frame + consecutive) {
                consecutive++;
            }
            if (frame != 0 && !found.read(frame, consecutive, run.slice(page * pageSize, consecutive * pageSize))) {
                requireBegunAnew();
            }
            page += consecutive;
        }
    }

    @Override
    public void close() {
        try (wal) {
            if (frames != null) {
                frames.close();
            }
        }
    }
}
