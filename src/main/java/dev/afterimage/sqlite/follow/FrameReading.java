package dev.afterimage.sqlite.follow;

import dev.afterimage.sqlite.format.WalChecksum;
import dev.afterimage.sqlite.format.WalHeader;
import dev.afterimage.sqlite.live.WalFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads the frames behind a position, in order, and proves each of them; see <a
 * href="https://www.sqlite.org/fileformat2.html#the_write_ahead_log">the file format</a>. Used once.
 */
final class FrameReading {

    private static final int HEADER_SIZE = 24;
    private static final int PAGE_NUMBER = 0;
    private static final int PAGES_AFTER_COMMIT = 4;
    private static final int SALTS = 8;
    private static final int CHECKSUM = 16;

    private static final int BYTES_PER_READ = 1 << 17;

    private final WalFile wal;
    private final WalPosition from;
    private final int frameSize;
    private long frame;
    private long checksum;
    private ByteOrder order = ByteOrder.BIG_ENDIAN;

    /** Of the commit frame before, if it was one. */
    private final ByteBuffer lastCommit;

    private boolean followsCommit;
    private long lastPage;
    private long lastPageCount;
    private long commits;
    private long repeats;

    FrameReading(WalFile wal, WalPosition from) {
        this.wal = wal;
        this.from = from;
        this.frameSize = HEADER_SIZE + from.pageSize();
        this.frame = from.frames();
        this.checksum = from.checksum();
        this.lastCommit = ByteBuffer.allocate(from.pageSize());
    }

    /** Whether all frames are there, and the last has that checksum. Offers none. */
    boolean provesUpTo(long frames, long lastChecksum) {
        return offerUpTo(frames, lastChecksum, Nobody.NOBODY);
    }

    /**
     * Offers the frames up to a number.
     *
     * @return false if one does not prove, or the last has another checksum: then some may have been offered
     */
    boolean offerUpTo(long frames, long lastChecksum, CommitSink sink) {
        if (frames < from.frames()) {
            return false; // somebody has cut the WAL, or put an older one there
        }
        if (frames == from.frames()) {
            // Nothing is read where nothing is new: an empty WAL may have no header, and one that is all in the
            // database file may just be begun anew.
            return frames == 0 || checksum == lastChecksum;
        }
        if (!readHeader()) {
            return false;
        }
        var buffer = ByteBuffer.allocate(
                (int) Math.min(frames - frame, Math.max(1, BYTES_PER_READ / frameSize)) * frameSize);
        while (frame < frames) {
            int wanted = (int) Math.min(frames - frame, buffer.capacity() / frameSize);
            wal.read(buffer.clear().limit(wanted * frameSize), WalHeader.SIZE + frame * frameSize);
            if (buffer.position() < wanted * frameSize) {
                return false;
            }
            for (int i = 0; i < wanted; i++) {
                if (!offer(buffer, i * frameSize, sink)) {
                    return false;
                }
            }
            frame += wanted;
        }
        return checksum == lastChecksum && followsCommit;
    }

    private boolean readHeader() {
        var header = wal.header().filter(found -> found.salts() == from.salts() && found.pageSize() == from.pageSize());
        if (header.isEmpty()) {
            return false;
        }
        order = header.get().order();
        if (frame == 0) {
            checksum = header.get().checksum();
        }
        return true;
    }

    private boolean offer(ByteBuffer buffer, int start, CommitSink sink) {
        checksum = WalChecksum.extend(checksum, buffer, start, start + SALTS, order);
        checksum = WalChecksum.extend(checksum, buffer, start + HEADER_SIZE, start + frameSize, order);
        if (buffer.getLong(start + SALTS) != from.salts() || buffer.getLong(start + CHECKSUM) != checksum) {
            return false;
        }
        long page = Integer.toUnsignedLong(buffer.getInt(start + PAGE_NUMBER));
        long pageCount = Integer.toUnsignedLong(buffer.getInt(start + PAGES_AFTER_COMMIT));
        var content = buffer.slice(start + HEADER_SIZE, from.pageSize());
        if (pageCount != 0 && isRepeat(page, pageCount, content)) {
            repeats++;
            return true;
        }
        sink.page(page, content.duplicate());
        followsCommit = pageCount != 0;
        if (followsCommit) {
            sink.commit(pageCount);
            commits++;
            remember(page, pageCount, content);
        }
        return true;
    }

    /** Where the disk may tear what is beside what it writes, SQLite repeats a commit's last frame up to the end of a sector. */
    private boolean isRepeat(long page, long pageCount, ByteBuffer content) {
        return followsCommit && page == lastPage && pageCount == lastPageCount && content.equals(lastCommit.clear());
    }

    private void remember(long page, long pageCount, ByteBuffer content) {
        lastPage = page;
        lastPageCount = pageCount;
        lastCommit.clear().put(content.duplicate());
    }

    /** Whether so many transactions were in it. One that wrote again what was there already is told from a repeat by nobody, and changes nothing. */
    boolean mayHaveBeen(long transactions) {
        return commits <= transactions && transactions <= commits + repeats;
    }

    private enum Nobody implements CommitSink {
        NOBODY;

        @Override
        public void page(long number, ByteBuffer content) {}

        @Override
        public void commit(long pageCount) {}

        @Override
        public void durable(WalPosition position) {}

        @Override
        public void undo() {}
    }
}
