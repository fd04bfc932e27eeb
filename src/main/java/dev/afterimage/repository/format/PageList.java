package dev.afterimage.repository.format;

import dev.afterimage.bytes.ShortDigest;
import java.nio.ByteBuffer;

/**
 * Which pages are in a block, and their digests; see {@code docs/repository-format.md}, "Page lists". A number is stored
 * as its distance to the one before, in 7-bit groups, the lowest first, the high bit set on all but the last.
 */
public final class PageList {

    public static final int MAX_NUMBER_BYTES = 5;

    /** Bytes of the longest list. */
    public static final int MAX_BYTES = Block.BYTES / 512 * (MAX_NUMBER_BYTES + ShortDigest.SIZE);

    private final long[] numbers;
    private final byte[] digests;

    private PageList(long[] numbers, byte[] digests) {
        this.numbers = numbers;
        this.digests = digests;
    }

    /** Appends a page's number as its distance to the one before. The digests, 16 bytes each, follow all numbers. */
    public static void putNumber(ByteBuffer buffer, long distance) {
        long rest = distance;
        while (rest > 0x7F) {
            buffer.put((byte) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        buffer.put((byte) rest);
    }

    /**
     * Reads the list of a block.
     *
     * @throws IllegalArgumentException if it is none, or not that of the block; the message says why
     */
    public static PageList parse(ByteBuffer buffer, BlockEntry block) {
        var numbers = new long[block.pages()];
        long number = 0;
        for (int slot = 0; slot < numbers.length; slot++) {
            long distance = getNumber(buffer);
            require(distance > 0, "page numbers that do not ascend");
            number += distance;
            numbers[slot] = number;
        }
        require(numbers[0] == block.firstPage() && number == block.lastPage(), "other pages than in the block table");
        int bytes = numbers.length * ShortDigest.SIZE;
        require(buffer.remaining() == bytes, buffer.remaining() + " bytes of digests for " + numbers.length + " pages");
        var digests = new byte[bytes];
        buffer.get(digests);
        return new PageList(numbers, digests);
    }

    private static long getNumber(ByteBuffer buffer) {
        long distance = 0;
        for (int shift = 0; shift < MAX_NUMBER_BYTES * 7 && buffer.hasRemaining(); shift += 7) {
            byte group = buffer.get();
            distance |= (long) (group & 0x7F) << shift;
            if (group >= 0) {
                return distance;
            }
        }
        throw new IllegalArgumentException("a page number does not end");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    int pages() {
        return numbers.length;
    }

    public long number(int slot) {
        return numbers[slot];
    }

    /** The first slot, from {@code from} on, whose page is not before {@code page}; {@link #pages()} if there is none. */
    public int slotFrom(int from, long page) {
        int low = from;
        int high = numbers.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (numbers[middle] < page) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    public void copyDigest(int slot, byte[] target, int at) {
        System.arraycopy(digests, slot * ShortDigest.SIZE, target, at, ShortDigest.SIZE);
    }
}
