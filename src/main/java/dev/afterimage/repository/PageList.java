package dev.afterimage.repository;

import java.nio.ByteBuffer;

/**
 * Which pages are in a block, and their digests; see {@code docs/repository-format.md}, "Page lists". A number is stored
 * as its distance to the one before, in 7-bit groups, the lowest first, the high bit set on all but the last.
 */
final class PageList {

    private static final int MAX_NUMBER_BYTES = 5;
    private static final int MAX_PAGES = Block.BYTES / 512;

    /** Bytes of the longest list. */
    static final int MAX_BYTES = MAX_PAGES * (MAX_NUMBER_BYTES + ShortDigest.SIZE);

    private final long[] numbers;
    private final ShortDigest[] digests;

    private PageList(long[] numbers, ShortDigest[] digests) {
        this.numbers = numbers;
        this.digests = digests;
    }

    /** Appends the numbers of consecutive pages. The digests, 16 bytes each, follow them. */
    static void putNumbers(ByteBuffer buffer, long firstPage, int pages) {
        putNumber(buffer, firstPage);
        for (int i = 1; i < pages; i++) {
            putNumber(buffer, 1);
        }
    }

    private static void putNumber(ByteBuffer buffer, long distance) {
        long rest = distance;
        while (rest > 0x7F) {
            buffer.put((byte) (rest & 0x7F | 0x80));
            rest >>>= 7;
        }
        buffer.put((byte) rest);
    }

    /**
     * Reads the list of a block of {@code pages} pages.
     *
     * @throws IllegalArgumentException if it is none; the message says why
     */
    static PageList parse(ByteBuffer buffer, int pages) {
        var numbers = new long[pages];
        long number = 0;
        for (int i = 0; i < pages; i++) {
            number += getNumber(buffer);
            numbers[i] = number;
        }
        if (buffer.remaining() != pages * ShortDigest.SIZE) {
            throw new IllegalArgumentException(buffer.remaining() + " bytes of digests for " + pages + " pages");
        }
        var digests = new ShortDigest[pages];
        for (int i = 0; i < pages; i++) {
            digests[i] = ShortDigest.get(buffer);
        }
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

    long number(int slot) {
        return numbers[slot];
    }

    ShortDigest digest(int slot) {
        return digests[slot];
    }
}
