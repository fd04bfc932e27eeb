package dev.afterimage.sqlite.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The <a href="https://www.sqlite.org/fileformat2.html#checksum_algorithm">checksum of a WAL</a>: two sums over words of 4
 * bytes, kept here in one long, the first in its upper half.
 */
public final class WalChecksum {

    static final long START = 0;

    /**
     * Goes on from a sum.
     *
     * @param from index of the first byte; {@code to}, behind the last, is a multiple of 8 bytes from it
     * @param order of the words, which the magic number of the WAL tells, whatever the machine's is
     */
    public static long extend(long sum, ByteBuffer bytes, int from, int to, ByteOrder order) {
        var words = bytes.duplicate().order(order);
        boolean firstIsUpper = order == ByteOrder.BIG_ENDIAN;
        int first = (int) (sum >>> Integer.SIZE);
        int second = (int) sum;
        for (int index = from; index < to; index += Long.BYTES) {
            long pair = words.getLong(index);
            int upper = (int) (pair >>> Integer.SIZE);
            int lower = (int) pair;
            first = first + (firstIsUpper ? upper : lower) + second;
            second = second + (firstIsUpper ? lower : upper) + first;
        }
        return (long) first << Integer.SIZE | Integer.toUnsignedLong(second);
    }

    private WalChecksum() {}
}
