package dev.afterimage.sqlite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Where in a WAL the newest committed version of each page is, in <a
 * href="https://www.sqlite.org/fileformat2.html#the_write_ahead_log">frames</a> whose checksums were proven. A frame's
 * checksum goes on from that of the frame before it, which is kept (8 bytes per frame), so that a page is proven again when
 * it is read. Frames may be added as more are committed; reading is safe for several threads, adding not.
 */
final class WalFrames {

    private static final int HEADER_SIZE = 24;
    private static final int PAGE_NUMBER = 0;
    private static final int PAGES_AFTER_COMMIT = 4;
    private static final int SALTS = 8;
    private static final int CHECKSUM = 16;

    private static final int BYTES_PER_READ = 1 << 20;

    private final WalFile wal;
    private final WalHeader header;
    private final int frameSize;
    private final FrameOfPage newest = new FrameOfPage();
    private long[] checksums = new long[1 << 10];
    private int count;

    /** No frames yet. */
    WalFrames(WalFile wal, WalHeader header) {
        this.wal = wal;
        this.header = header;
        this.frameSize = HEADER_SIZE + header.pageSize();
        this.checksums[0] = header.checksum();
    }

    /** Frames so far. */
    int count() {
        return count;
    }

    /** Of the last frame, or the header's if there are none. */
    long checksum() {
        return checksums[count];
    }

    WalHeader header() {
        return header;
    }

    /**
     * Adds frames until there are that many.
     *
     * @return false if one does not prove: the WAL is being begun anew, or damaged, and this is not to be used any more
     */
    boolean addUpTo(int frames) {
        var buffer = buffer();
        while (count < frames) {
            read(buffer, count + 1);
            int whole = Math.min(buffer.limit() / frameSize, frames - count);
            if (whole == 0) {
                return false;
            }
            for (int i = 0; i < whole; i++) {
                if (!add(buffer, i * frameSize)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean add(ByteBuffer buffer, int start) {
        long checksum = checksum(checksum(), buffer, start);
        if (!proves(buffer, start, checksum)) {
            return false;
        }
        count++;
        if (count == checksums.length) {
            checksums = Arrays.copyOf(checksums, 2 * checksums.length);
        }
        checksums[count] = checksum;
        newest.put(Integer.toUnsignedLong(buffer.getInt(start + PAGE_NUMBER)), count);
        return true;
    }

    /** Whether a commit stands behind the last frame in the file, published or not. */
    boolean moreIsCommitted() {
        var buffer = buffer();
        long checksum = checksum();
        for (int frame = count + 1; true; frame += buffer.limit() / frameSize) {
            read(buffer, frame);
            if (buffer.limit() < frameSize) {
                return false;
            }
            for (int start = 0; start + frameSize <= buffer.limit(); start += frameSize) {
                checksum = checksum(checksum, buffer, start);
                if (!proves(buffer, start, checksum)) {
                    return false;
                }
                if (buffer.getInt(start + PAGES_AFTER_COMMIT) != 0) {
                    return true;
                }
            }
        }
    }

    private ByteBuffer buffer() {
        return ByteBuffer.allocate(Math.max(1, BYTES_PER_READ / frameSize) * frameSize);
    }

    private void read(ByteBuffer buffer, int firstFrame) {
        wal.read(buffer.clear(), position(firstFrame));
        buffer.flip();
    }

    private long position(int frame) {
        return WalHeader.SIZE + (long) (frame - 1) * frameSize;
    }

    private long checksum(long before, ByteBuffer buffer, int start) {
        long ofNumbers = WalChecksum.extend(before, buffer, start, start + SALTS, header.order());
        return WalChecksum.extend(ofNumbers, buffer, start + HEADER_SIZE, start + frameSize, header.order());
    }

    private boolean proves(ByteBuffer buffer, int start, long checksum) {
        return buffer.getLong(start + SALTS) == header.salts() && buffer.getLong(start + CHECKSUM) == checksum;
    }

    /** The newest frame of the page, or 0 if it has none. */
    int frameOf(long page) {
        return newest.get(page);
    }

    /**
     * Reads the pages of consecutive frames one after the other.
     *
     * @param pages with room for them; its position moves behind them only if all of them are still there
     * @return false if one does not prove any more
     */
    boolean read(int firstFrame, int frames, ByteBuffer pages) {
        var buffer = ByteBuffer.allocate(frames * frameSize).order(ByteOrder.BIG_ENDIAN);
        read(buffer, firstFrame);
        if (buffer.limit() < frames * frameSize) {
            return false;
        }
        for (int i = 0; i < frames; i++) {
            int start = i * frameSize;
            long checksum = checksum(checksums[firstFrame + i - 1], buffer, start);
            if (checksum != checksums[firstFrame + i] || !proves(buffer, start, checksum)) {
                return false;
            }
        }
        int position = pages.position();
        for (int i = 0; i < frames; i++) {
            pages.put(position + i * header.pageSize(), buffer, i * frameSize + HEADER_SIZE, header.pageSize());
        }
        pages.position(position + frames * header.pageSize());
        return true;
    }
}
