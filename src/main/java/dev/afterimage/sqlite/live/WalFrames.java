package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.FrameOfPage;
import dev.afterimage.sqlite.format.WalChecksum;
import dev.afterimage.sqlite.format.WalHeader;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * Where in a WAL the newest committed version of each page is, in <a
 * href="https://www.sqlite.org/fileformat2.html#the_write_ahead_log">frames</a> whose checksums were proven. A frame's
 * checksum goes on from that of the frame before it, so a page is proven again when it is read again: by the checksum that stands in the frame
 * before. Each 64th is kept, and must be the same then. Frames may be added as more are committed; reading is safe for several threads, adding not.
 */
public final class WalFrames implements AutoCloseable {

    private static final int HEADER_SIZE = 24;
    private static final int PAGE_NUMBER = 0;
    private static final int PAGES_AFTER_COMMIT = 4;
    private static final int SALTS = 8;
    private static final int CHECKSUM = 16;

    /** The collector gives larger arrays regions of their own, and would have the heap grow by them. */
    private static final int BYTES_PER_READ = 1 << 17;

    /** A checksum for each frame would take 40 MiB of the heap at a WAL of 20 GiB. */
    private static final int FRAMES_PER_KEPT = 64;

    private final WalFile wal;
    private final WalHeader header;
    private final int frameSize;
    private final int framesPerRead;
    private final FrameOfPage newest = new FrameOfPage();
    private long[] kept = new long[1 << 10];
    private long checksum;
    private int count;

    /** No frames yet. */
    public WalFrames(WalFile wal, WalHeader header) {
        this.wal = wal;
        this.header = header;
        this.frameSize = HEADER_SIZE + header.pageSize();
        this.framesPerRead = Math.max(1, BYTES_PER_READ / frameSize);
        this.checksum = header.checksum();
        this.kept[0] = checksum;
    }

    /** Frames so far. */
    int count() {
        return count;
    }

    /** Of the last frame, or the header's if there are none. */
    public long checksum() {
        return checksum;
    }

    WalHeader header() {
        return header;
    }

    /**
     * Adds frames until there are that many.
     *
     * @param progress hears how many of them there are, again and again
     * @return false if one does not prove: the WAL is being begun anew, or damaged, and this is not to be used any more
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    public boolean addUpTo(int frames, PageProgress progress) {
        var buffer = buffer(Math.max(1, frames - count));
        while (count < frames) {
            progress.pages(count, frames);
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
        long next = checksum(checksum, buffer, start);
        if (!proves(buffer, start, next)) {
            return false;
        }
        count++;
        checksum = next;
        if (count % FRAMES_PER_KEPT == 0) {
            keep(count / FRAMES_PER_KEPT);
        }
        newest.put(Integer.toUnsignedLong(buffer.getInt(start + PAGE_NUMBER)), count);
        return true;
    }

    private void keep(int index) {
        if (index == kept.length) {
            kept = Arrays.copyOf(kept, 2 * kept.length);
        }
        kept[index] = checksum;
    }

    /**
     * Whether a commit stands behind the last frame in the file, published or not.
     *
     * @param progress hears nothing but that it goes on
     * @throws java.util.concurrent.CancellationException as thrown by {@code progress}
     */
    public boolean moreIsCommitted(PageProgress progress) {
        var buffer = buffer(framesPerRead);
        long next = checksum;
        for (int frame = count + 1; true; frame += buffer.limit() / frameSize) {
            progress.pages(0, 0);
            read(buffer, frame);
            if (buffer.limit() < frameSize) {
                return false;
            }
            for (int start = 0; start + frameSize <= buffer.limit(); start += frameSize) {
                next = checksum(next, buffer, start);
                if (!proves(buffer, start, next)) {
                    return false;
                }
                if (buffer.getInt(start + PAGES_AFTER_COMMIT) != 0) {
                    return true;
                }
            }
        }
    }

    private ByteBuffer buffer(int frames) {
        int atMost = Math.min(frames, framesPerRead);
        return ByteBuffer.allocate(atMost * frameSize);
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

    /** Whether the frames up to a number are those of which the last had a checksum, which stands for all before it. */
    public boolean beginWith(int frames, long salts, long checksum) {
        return header.salts() == salts
                && frames > 0
                && frames <= count
                && checksumBefore(frames + 1).stream().anyMatch(found -> found == checksum);
    }

    /** The newest frame of the page, or 0 if it has none. */
    public int frameOf(long page) {
        return newest.get(page);
    }

    /**
     * Reads the pages of consecutive frames one after the other.
     *
     * @param pages with room for them; its position moves behind them only if all of them are still there
     * @return false if one does not prove any more; those before it may then have been read
     */
    public boolean read(int firstFrame, int frames, ByteBuffer pages) {
        var before = checksumBefore(firstFrame);
        if (before.isEmpty()) {
            return false;
        }
        var buffer = buffer(frames);
        long next = before.getAsLong();
        int position = pages.position();
        for (int i = 0; i < frames; i++) {
            int start = i % framesPerRead * frameSize;
            if (start == 0) {
                wal.read(
                        buffer.clear().limit(Math.min(frames - i, framesPerRead) * frameSize),
                        position(firstFrame + i));
                buffer.flip();
            }
            if (start + frameSize > buffer.limit()) {
                return false;
            }
            next = checksum(next, buffer, start);
            if (!proves(buffer, start, next) || !isAsKept(firstFrame + i, next)) {
                return false;
            }
            pages.put(position + i * header.pageSize(), buffer, start + HEADER_SIZE, header.pageSize());
        }
        pages.position(position + frames * header.pageSize());
        return true;
    }

    /** As it stands in the frame before; empty if that frame is no more. */
    private OptionalLong checksumBefore(int frame) {
        int before = frame - 1;
        if (before % FRAMES_PER_KEPT == 0) {
            return OptionalLong.of(kept[before / FRAMES_PER_KEPT]);
        }
        var bytes = ByteBuffer.allocate(HEADER_SIZE);
        wal.read(bytes, position(before));
        return bytes.hasRemaining() || bytes.getLong(SALTS) != header.salts()
                ? OptionalLong.empty()
                : OptionalLong.of(bytes.getLong(CHECKSUM));
    }

    private boolean isAsKept(int frame, long found) {
        return frame % FRAMES_PER_KEPT != 0 || kept[frame / FRAMES_PER_KEPT] == found;
    }

    /** Nobody may read it any more. */
    @Override
    public void close() {
        newest.close();
    }
}
