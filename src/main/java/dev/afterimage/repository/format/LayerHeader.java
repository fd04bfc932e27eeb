package dev.afterimage.repository.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * How a layer begins; see {@code docs/repository-format.md}, "Layer header". Whoever knows which layer it should be knows all of its bytes.
 *
 * @param databaseId whose pages these are
 * @param layerId random, made before the layer is written; its name
 * @param pageSize bytes per page, a power of two from 512 to 65536
 */
public record LayerHeader(UUID databaseId, UUID layerId, int pageSize) {

    public static final int SIZE = 64;

    static final byte[] MAGIC = "AIMGLAYR".getBytes(StandardCharsets.US_ASCII);
    static final int VERSION = 3;

    static final int VERSION_OFFSET = 8;
    public static final int PAGE_SIZE_OFFSET = 12;
    static final int DATABASE_ID_OFFSET = 16;
    static final int LAYER_ID_OFFSET = 32;

    private static final long MAX_PAGE_COUNT = 0xFFFF_FFFEL;

    public LayerHeader {
        requirePageSize(pageSize);
    }

    /** @throws IllegalArgumentException if no database can have these sizes */
    static void requireSizes(int pageSize, long pageCount) {
        requirePageSize(pageSize);
        require(pageCount >= 1 && pageCount <= MAX_PAGE_COUNT, "page count " + pageCount);
    }

    private static void requirePageSize(int pageSize) {
        require(Integer.bitCount(pageSize) == 1 && pageSize >= 512 && pageSize <= 65536, "page size " + pageSize);
    }

    public ByteBuffer toBytes() {
        return ByteBuffer.allocate(SIZE)
                .put(0, MAGIC)
                .putShort(VERSION_OFFSET, (short) VERSION)
                .putInt(PAGE_SIZE_OFFSET, pageSize)
                .putLong(DATABASE_ID_OFFSET, databaseId.getMostSignificantBits())
                .putLong(DATABASE_ID_OFFSET + Long.BYTES, databaseId.getLeastSignificantBits())
                .putLong(LAYER_ID_OFFSET, layerId.getMostSignificantBits())
                .putLong(LAYER_ID_OFFSET + Long.BYTES, layerId.getLeastSignificantBits());
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
