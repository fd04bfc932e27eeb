package dev.afterimage.sqlite.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * What a {@code -shm} file begins with: how far the WAL is committed, as all readers and writers have agreed, in the
 * <a href="https://www.sqlite.org/walformat.html#the_wal_index_header">WAL-index header</a>. The last commit frame that
 * stands in the {@code -wal} file is not as good: a writer that dies, or whose sync fails, before it publishes its commit
 * here leaves frames that the next writer overwrites, in the same WAL and with the same salts.
 *
 * @param changes counts transactions, so that two equal headers mean that none was published between them
 * @param frames in the WAL that are committed; they do not change until the WAL is begun anew; 0 if there are none
 * @param pageCount pages of the database after the last of them
 * @param checksum of the last of them, as {@link WalChecksum} has it
 * @param salts of the WAL, as {@link WalHeader} has them
 */
public record WalIndexHeader(long changes, long frames, long pageCount, long checksum, long salts) {

    /** In bytes, of both copies of which the file has one after the other. */
    public static final int SIZE = 96;

    private static final int COPY = 48;
    private static final int VERSION = 0;
    private static final int CHANGES = 8;
    private static final int INITIALIZED = 12;
    private static final int FRAMES = 16;
    private static final int PAGE_COUNT = 20;
    private static final int FRAME_CHECKSUM = 24;
    private static final int SALTS = 32;
    private static final int CHECKSUM = 40;

    /**
     * Reads the header that begins at index 0. Its numbers are in this machine's byte order.
     *
     * @return empty if the copies differ or the checksum is wrong: it is being written, or whoever wrote it died; try again
     */
    public static Optional<WalIndexHeader> parse(ByteBuffer bytes) {
        var header = bytes.duplicate().order(ByteOrder.nativeOrder());
        if (header.limit() < SIZE
                || !header.slice(0, COPY).equals(header.slice(COPY, COPY))
                || header.getInt(VERSION) != WalHeader.KNOWN_VERSION
                || header.get(INITIALIZED) == 0
                || WalChecksum.extend(WalChecksum.START, header, 0, CHECKSUM, ByteOrder.nativeOrder())
                        != pair(header, CHECKSUM)) {
            return Optional.empty();
        }
        return Optional.of(new WalIndexHeader(
                Integer.toUnsignedLong(header.getInt(CHANGES)),
                Integer.toUnsignedLong(header.getInt(FRAMES)),
                Integer.toUnsignedLong(header.getInt(PAGE_COUNT)),
                pair(header, FRAME_CHECKSUM),
                header.duplicate().order(ByteOrder.BIG_ENDIAN).getLong(SALTS)));
    }

    private static long pair(ByteBuffer header, int offset) {
        return (long) header.getInt(offset) << Integer.SIZE
                | Integer.toUnsignedLong(header.getInt(offset + Integer.BYTES));
    }
}
