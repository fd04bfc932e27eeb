package dev.afterimage.repository.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * How a layer ends; see {@code docs/repository-format.md}, "Layer footer".
 *
 * @param pageListsOffset where the page lists begin, in bytes; blocks end here
 * @param blockTableOffset where the block table begins, in bytes; page lists end here
 * @param blocks entries in the block table
 * @param indexDigest SHA-256, in hexadecimal, of the header, the block table and the footer up to the digest
 */
public record LayerFooter(long pageListsOffset, long blockTableOffset, int blocks, String indexDigest) {

    public static final int SIZE = 64;

    static final byte[] MAGIC = "AIMGLEND".getBytes(StandardCharsets.US_ASCII);

    static final int PAGE_LISTS_OFFSET_OFFSET = 0;
    static final int BLOCK_TABLE_OFFSET_OFFSET = 8;
    static final int BLOCKS_OFFSET = 16;
    static final int RESERVED_OFFSET = 20;
    static final int INDEX_DIGEST_OFFSET = 24;
    static final int MAGIC_OFFSET = 56;

    /** @throws IllegalArgumentException if the 64 bytes are not a footer; the message says why */
    public static LayerFooter parse(ByteBuffer bytes) {
        if (!bytes.slice(MAGIC_OFFSET, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
            throw new IllegalArgumentException("it does not end with AIMGLEND");
        }
        if (bytes.getInt(RESERVED_OFFSET) != 0) {
            throw new IllegalArgumentException("reserved bytes of its footer are set");
        }
        var digest = new byte[MAGIC_OFFSET - INDEX_DIGEST_OFFSET];
        bytes.get(INDEX_DIGEST_OFFSET, digest);
        return new LayerFooter(
                bytes.getLong(PAGE_LISTS_OFFSET_OFFSET),
                bytes.getLong(BLOCK_TABLE_OFFSET_OFFSET),
                bytes.getInt(BLOCKS_OFFSET),
                HexFormat.of().formatHex(digest));
    }

    public ByteBuffer toBytes() {
        return ByteBuffer.allocate(SIZE)
                .put(digested())
                .put(HexFormat.of().parseHex(indexDigest))
                .put(MAGIC)
                .flip();
    }

    /** The bytes before the index digest, which it covers. */
    public ByteBuffer digested() {
        return ByteBuffer.allocate(INDEX_DIGEST_OFFSET)
                .putLong(PAGE_LISTS_OFFSET_OFFSET, pageListsOffset)
                .putLong(BLOCK_TABLE_OFFSET_OFFSET, blockTableOffset)
                .putInt(BLOCKS_OFFSET, blocks);
    }

    public LayerFooter withIndexDigest(String digest) {
        return new LayerFooter(pageListsOffset, blockTableOffset, blocks, digest);
    }
}
