package dev.afterimage.sqlite.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The first 32 bytes of a {@code -wal} file, as <a href="https://www.sqlite.org/fileformat2.html#the_write_ahead_log">the
 * file format</a> defines them. All numbers are big-endian.
 *
 * @param order of the words that checksums add up
 * @param version 3007000 is the only one so far
 * @param pageSize bytes per page, a power of two from 512 to 65536
 * @param salts two numbers, new whenever the WAL is begun anew; each frame repeats them
 * @param checksum of the bytes before it, with which that of the first frame begins
 */
public record WalHeader(ByteOrder order, long version, int pageSize, long salts, long checksum) {

    public static final int SIZE = 32;
    public static final long KNOWN_VERSION = 3007000;

    private static final int SMALLEST_PAGE = 512;
    private static final int LARGEST_PAGE = 65536;

    private static final int MAGIC = 0;
    private static final int VERSION = 4;
    private static final int PAGE_SIZE = 8;
    private static final int SALTS = 16;
    private static final int CHECKSUM = 24;

    private static final int MAGIC_LITTLE_ENDIAN = 0x377f0682;
    private static final int MAGIC_BIG_ENDIAN = 0x377f0683;

    /**
     * Reads the header that begins at index 0; empty if it is none, which means that the WAL holds nothing. So it is, to SQLite as well, if it
     * names a size that no page can have.
     */
    public static Optional<WalHeader> parse(ByteBuffer bytes) {
        var header = bytes.duplicate().order(ByteOrder.BIG_ENDIAN);
        if (header.limit() < SIZE || (header.getInt(MAGIC) & ~1) != MAGIC_LITTLE_ENDIAN) {
            return Optional.empty();
        }
        var order = header.getInt(MAGIC) == MAGIC_BIG_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        long checksum = header.getLong(CHECKSUM);
        if (!isPageSize(header.getInt(PAGE_SIZE))
                || WalChecksum.extend(WalChecksum.START, header, 0, CHECKSUM, order) != checksum) {
            return Optional.empty();
        }
        return Optional.of(new WalHeader(
                order,
                Integer.toUnsignedLong(header.getInt(VERSION)),
                header.getInt(PAGE_SIZE),
                header.getLong(SALTS),
                checksum));
    }

    private static boolean isPageSize(int bytes) {
        return bytes >= SMALLEST_PAGE && bytes <= LARGEST_PAGE && Integer.bitCount(bytes) == 1;
    }
}
