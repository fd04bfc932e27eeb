package dev.afterimage.repository.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * How a layer begins; see {@code docs/repository-format.md}, "Layer header".
 *
 * @param databaseId whose pages these are
 * @param pageSize bytes per page, a power of two from 512 to 65536
 * @param pageCount pages of the database when the layer was made, 1 to 2^32 − 2; the layer has none behind it
 */
public record LayerHeader(UUID databaseId, int pageSize, long pageCount) {

    public static final int SIZE = 64;

    static final byte[] MAGIC = "AIMGLAYR".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 2;

    static final int VERSION_OFFSET = 8;
    static final int FLAGS_OFFSET = 10;
    static final int PAGE_SIZE_OFFSET = 12;
    static final int DATABASE_ID_OFFSET = 16;
    static final int PAGE_COUNT_OFFSET = 32;
    static final int RESERVED_OFFSET = 40;

    /** In version 1 the number of pages in the layer, which the block table says too. */
    private static final int FULL_LAYER_VERSION = 1;

    private static final int FULL_LAYER_RESERVED_OFFSET = 48;
    private static final long MAX_PAGE_COUNT = 0xFFFF_FFFEL;

    public LayerHeader {
        requireSizes(pageSize, pageCount);
    }

    /** @throws IllegalArgumentException if no database can have these sizes */
    static void requireSizes(int pageSize, long pageCount) {
        require(Integer.bitCount(pageSize) == 1 && pageSize >= 512 && pageSize <= 65536, "page size " + pageSize);
        require(pageCount >= 1 && pageCount <= MAX_PAGE_COUNT, "page count " + pageCount);
    }

    /** @throws IllegalArgumentException if the 64 bytes are not a header of a known version; the message says why */
    public static LayerHeader parse(ByteBuffer bytes) {
        require(bytes.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC)), "it does not begin with AIMGLAYR");
        int version = Short.toUnsignedInt(bytes.getShort(VERSION_OFFSET));
        boolean known = version == FULL_LAYER_VERSION || version == VERSION;
        require(known, "layer version " + version + ", known are 1 and " + VERSION);
        require(bytes.getShort(FLAGS_OFFSET) == 0, "flags that are not known");
        requireZero(bytes, version == FULL_LAYER_VERSION ? FULL_LAYER_RESERVED_OFFSET : RESERVED_OFFSET);
        return new LayerHeader(
                new UUID(bytes.getLong(DATABASE_ID_OFFSET), bytes.getLong(DATABASE_ID_OFFSET + 8)),
                bytes.getInt(PAGE_SIZE_OFFSET),
                bytes.getLong(PAGE_COUNT_OFFSET));
    }

    private static void requireZero(ByteBuffer bytes, int from) {
        for (int offset = from; offset < SIZE; offset += Long.BYTES) {
            require(bytes.getLong(offset) == 0, "reserved bytes set");
        }
    }

    public ByteBuffer toBytes() {
        return ByteBuffer.allocate(SIZE)
                .put(0, MAGIC)
                .putShort(VERSION_OFFSET, (short) VERSION)
                .putInt(PAGE_SIZE_OFFSET, pageSize)
                .putLong(DATABASE_ID_OFFSET, databaseId.getMostSignificantBits())
                .putLong(DATABASE_ID_OFFSET + 8, databaseId.getLeastSignificantBits())
                .putLong(PAGE_COUNT_OFFSET, pageCount);
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
