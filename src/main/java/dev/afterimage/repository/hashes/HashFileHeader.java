package dev.afterimage.repository.hashes;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.bytes.ShortDigest;
import dev.afterimage.repository.format.Block;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;

/**
 * How a file of the cache begins; see {@code docs/design.md}, section 5. The hashes follow in stretches of 1 MiB of the database, each stretch with a checksum. Integers are big-endian.
 *
 * @param pageSize in bytes
 * @param databaseId whose pages these are
 * @param fileId random: no stretch of another file proves here
 * @param secret of the {@linkplain PageHash hashes}
 * @param treeDigest of all pages, in hexadecimal: hashes of other pages are not looked at
 * @param pageCount pages of the database
 * @param digestedAt when each page was digested last, whatever its hash
 */
record HashFileHeader(
        int pageSize,
        UUID databaseId,
        UUID fileId,
        byte[] secret,
        String treeDigest,
        long pageCount,
        Instant digestedAt) {

    static final int SIZE = 144;

    private static final byte[] MAGIC = "AIMGHASH".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;

    private static final int VERSION_OFFSET = 8;
    private static final int PAGE_SIZE_OFFSET = 12;
    private static final int DATABASE_ID_OFFSET = 16;
    private static final int FILE_ID_OFFSET = 32;
    private static final int SECRET_OFFSET = 48;
    private static final int TREE_DIGEST_OFFSET = 80;
    private static final int PAGE_COUNT_OFFSET = 112;
    private static final int DIGESTED_AT_OFFSET = 120;
    private static final int CHECKSUM_OFFSET = 128;

    private static final int TREE_DIGEST_SIZE = 32;

    /** @throws IllegalArgumentException if the bytes are not a whole header of the known version */
    static HashFileHeader parse(ByteBuffer bytes) {
        require(bytes.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC)), "it does not begin with AIMGHASH");
        require(bytes.getInt(VERSION_OFFSET) == VERSION, "another version");
        require(ShortDigest.get(bytes, CHECKSUM_OFFSET).equals(checksum(bytes)), "a header without its checksum");
        var secret = new byte[PageHash.SECRET_SIZE];
        bytes.get(SECRET_OFFSET, secret);
        var treeDigest = new byte[TREE_DIGEST_SIZE];
        bytes.get(TREE_DIGEST_OFFSET, treeDigest);
        return new HashFileHeader(
                bytes.getInt(PAGE_SIZE_OFFSET),
                id(bytes, DATABASE_ID_OFFSET),
                id(bytes, FILE_ID_OFFSET),
                secret,
                HexFormat.of().formatHex(treeDigest),
                bytes.getLong(PAGE_COUNT_OFFSET),
                Instant.ofEpochMilli(bytes.getLong(DIGESTED_AT_OFFSET)));
    }

    ByteBuffer toBytes() {
        var bytes = ByteBuffer.allocate(SIZE)
                .put(0, MAGIC)
                .putInt(VERSION_OFFSET, VERSION)
                .putInt(PAGE_SIZE_OFFSET, pageSize)
                .putLong(DATABASE_ID_OFFSET, databaseId.getMostSignificantBits())
                .putLong(DATABASE_ID_OFFSET + Long.BYTES, databaseId.getLeastSignificantBits())
                .putLong(FILE_ID_OFFSET, fileId.getMostSignificantBits())
                .putLong(FILE_ID_OFFSET + Long.BYTES, fileId.getLeastSignificantBits())
                .put(SECRET_OFFSET, secret)
                .put(TREE_DIGEST_OFFSET, HexFormat.of().parseHex(treeDigest))
                .putLong(PAGE_COUNT_OFFSET, pageCount)
                .putLong(DIGESTED_AT_OFFSET, digestedAt.toEpochMilli());
        checksum(bytes).put(bytes.slice(CHECKSUM_OFFSET, ShortDigest.SIZE));
        return bytes;
    }

    private static ShortDigest checksum(ByteBuffer bytes) {
        return new Sha256().truncated(bytes.slice(0, CHECKSUM_OFFSET));
    }

    /** How many pages have their hashes in a stretch, but for the last. */
    static int pagesPerStretch(int pageSize) {
        return Block.pagesPerBlock(pageSize);
    }

    /** Where a stretch begins, whose hashes its checksum follows. */
    static long position(int pageSize, long stretch) {
        return SIZE + stretch * ((long) pagesPerStretch(pageSize) * PageHash.SIZE + ShortDigest.SIZE);
    }

    static ShortDigest checksum(UUID fileId, long stretch, ByteBuffer hashes) {
        var sha256 = new Sha256();
        sha256.update(ByteBuffer.allocate(3 * Long.BYTES)
                .putLong(fileId.getMostSignificantBits())
                .putLong(fileId.getLeastSignificantBits())
                .putLong(stretch)
                .flip());
        return sha256.truncated(hashes);
    }

    private static UUID id(ByteBuffer bytes, int offset) {
        return new UUID(bytes.getLong(offset), bytes.getLong(offset + Long.BYTES));
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
