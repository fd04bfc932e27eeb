package dev.afterimage.repository.format;

import dev.afterimage.bytes.ShortDigest;
import java.nio.ByteBuffer;

/**
 * One block in a layer's block table; see {@code docs/repository-format.md}, "Block table".
 *
 * @param offset where the stored block begins in the layer, in bytes
 * @param storedBytes how long it is, compressed
 * @param pages pages in it
 * @param firstPage number of its first page; pages are numbered from 1
 * @param lastPage number of its last page
 * @param pageListBytes how long its page list is
 * @param checksum of the stored block
 * @param pageListChecksum of the page list
 */
public record BlockEntry(
        long offset,
        int storedBytes,
        int pages,
        long firstPage,
        long lastPage,
        int pageListBytes,
        ShortDigest checksum,
        ShortDigest pageListChecksum) {

    public static final int SIZE = 64;

    static final int OFFSET_OFFSET = 0;
    static final int STORED_BYTES_OFFSET = 8;
    static final int PAGES_OFFSET = 12;
    static final int FIRST_PAGE_OFFSET = 16;
    static final int LAST_PAGE_OFFSET = 20;
    static final int PAGE_LIST_BYTES_OFFSET = 24;
    static final int RESERVED_OFFSET = 28;
    static final int CHECKSUM_OFFSET = 32;
    static final int PAGE_LIST_CHECKSUM_OFFSET = 48;

    /** Reads the entry that begins at {@code start} in the buffer. */
    static BlockEntry get(ByteBuffer bytes, int start) {
        return new BlockEntry(
                bytes.getLong(start + OFFSET_OFFSET),
                bytes.getInt(start + STORED_BYTES_OFFSET),
                bytes.getInt(start + PAGES_OFFSET),
                Integer.toUnsignedLong(bytes.getInt(start + FIRST_PAGE_OFFSET)),
                Integer.toUnsignedLong(bytes.getInt(start + LAST_PAGE_OFFSET)),
                bytes.getInt(start + PAGE_LIST_BYTES_OFFSET),
                ShortDigest.get(bytes, start + CHECKSUM_OFFSET),
                ShortDigest.get(bytes, start + PAGE_LIST_CHECKSUM_OFFSET));
    }

    /** Appends the entry at the buffer's position. */
    public void put(ByteBuffer buffer) {
        buffer.putLong(offset)
                .putInt(storedBytes)
                .putInt(pages)
                .putInt((int) firstPage)
                .putInt((int) lastPage)
                .putInt(pageListBytes)
                .putInt(0);
        checksum.put(buffer);
        pageListChecksum.put(buffer);
    }

    /** Whether it has every page between its first and its last. */
    public boolean isDense() {
        return lastPage - firstPage + 1 == pages;
    }

    public long end() {
        return offset + storedBytes;
    }
}
