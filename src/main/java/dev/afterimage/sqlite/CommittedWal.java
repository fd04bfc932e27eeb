package dev.afterimage.sqlite;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the WAL of a pinned database adds to the database file: the newest committed version of some pages. Together they
 * are one committed state, that of {@link #advance} or later than the pin, for these reasons.
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
final class CommittedWal implements AutoCloseable {

    private final SourceFile file;
    private final LiveFile live;
    private final int pageSize;
    private final WalFile wal;
    private @Nullable WalIndexHeader state;
    private @Nullable WalFrames frames;

    /** To be opened when the database is pinned, and closed before that ends. */
    CommittedWal(SourceFile file, LiveFile live, int pageSize) {
        this.file = file;
        this.live = live;
        this.pageSize = pageSize;
        this.wal = new WalFile(file);
    }

    /**
     * Reads what is committed now, as far as the {@code -shm} tells it.
     *
     * <p>Where this process may only read the {@code -shm}, SQLite may have found it to be left over from a crash, and have
     * done without it. Then it is believed only if the WAL itself says the same.
     *
     * @throws SourceException.NotScannable if it stays invalid, or not believed
     */
    WalIndexHeader published(Duration patience, PageProgress progress) {
        var backoff = new Backoff(patience);
        while (true) {
            var published = readPublished();
            if (published.isPresent() && (mayWriteShm() || walAgrees(published.get()))) {
                return published.get();
            }
            if (!backoff.pause(progress)) {
                throw new SourceException.NotScannable(
                        file.path(), "its -shm file does not tell how far its WAL is committed");
            }
        }
    }

    private Optional<WalIndexHeader> readPublished() {
        var bytes = ByteBuffer.allocate(WalIndexHeader.SIZE);
        live.readShm(bytes);
        return WalIndexHeader.parse(bytes.flip());
    }

    private boolean mayWriteShm() {
        return Files.isWritable(Beside.shm(file.path()));
    }

    private boolean walAgrees(WalIndexHeader published) {
        var header = wal.header();
        if (header.isEmpty()) {
            return published.frames() == 0;
        }
        var all = new WalFrames(wal, header.get());
        return header.get().salts() == published.salts()
                && all.addUpTo(Math.toIntExact(published.frames()))
                && !all.moreIsCommitted();
    }

    /** Takes all frames up to a published state, which must not be older than that of the last call. */
    void advance(WalIndexHeader published) {
        state = published;
        frames = published.frames() == 0 ? null : framesOf(published);
    }

    private @Nullable WalFrames framesOf(WalIndexHeader published) {
        var known = frames;
        var header = wal.header().filter(found -> found.salts() == published.salts());
        if (header.isEmpty()) {
            return forgotten(published);
        }
        requireKnown(header.get());
        var found = known != null && known.header().equals(header.get()) ? known : new WalFrames(wal, header.get());
        if (!found.addUpTo(Math.toIntExact(published.frames()))) {
            return forgotten(published);
        }
        if (found.checksum() != published.checksum()) {
            throw new SourceException.Corrupt(file.path(), "its -wal and -shm files do not belong together", null);
        }
        return found;
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

    private @Nullable WalFrames forgotten(WalIndexHeader published) {
        requireBegunAnew(published);
        return null;
    }

    private void requireBegunAnew(WalIndexHeader published) {
        if (readPublished().filter(now -> now.salts() == published.salts()).isPresent()) {
            throw new SourceException.Corrupt(
                    file.path(), "committed frames of its WAL do not have their checksums", null);
        }
    }

    /** How far it is committed; null if the database file alone is the state. */
    @Nullable
    WalIndexHeader state() {
        return frames == null ? null : state;
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
        if (found == null || state == null) {
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
                requireBegunAnew(state);
            }
            page += consecutive;
        }
    }

    @Override
    public void close() {
        wal.close();
    }
}
