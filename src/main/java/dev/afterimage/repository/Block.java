package dev.afterimage.repository;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/**
 * Consecutive pages on their way into a layer: read in, digested and compressed, appended. Reused for block after block,
 * used by one thread at a time.
 */
final class Block implements AutoCloseable {

    /** The most that a block holds, uncompressed. */
    static final int BYTES = 1 << 20;

    /** Larger stored blocks cannot come from a block: zstd's bound for it. */
    static final int MAX_STORED_BYTES = (int) Zstd.compressBound(BYTES);

    /**
     * Two to three times as fast as level 3 on pages of databases. Rows of numbers, names and keys take no more room, long
     * texts up to a sixth more.
     */
    private static final int LEVEL = 1;

    private final Arena arena = Arena.ofShared();
    private final ByteBuffer pages = arena.allocate(BYTES).asByteBuffer();
    private final ByteBuffer stored = arena.allocate(MAX_STORED_BYTES).asByteBuffer();
    private final ByteBuffer pageList = ByteBuffer.allocate(PageList.MAX_BYTES);
    private final ZstdCompressCtx zstd = new ZstdCompressCtx().setLevel(LEVEL);
    private final Sha256 sha256 = new Sha256();
    private final int pageSize;

    private long firstPage;
    private int pageCount;
    private ShortDigest checksum = new ShortDigest(0, 0);
    private ShortDigest pageListChecksum = checksum;

    Block(int pageSize) {
        this.pageSize = pageSize;
    }

    static int pagesPerBlock(int pageSize) {
        return BYTES / pageSize;
    }

    /** Makes room for so many pages; the caller fills the buffer. */
    ByteBuffer begin(long firstPage, int pageCount) {
        this.firstPage = firstPage;
        this.pageCount = pageCount;
        return pages.clear().limit(pageCount * pageSize);
    }

    /** Digests and compresses the pages that were filled in. */
    Block encode() {
        pageList.clear();
        PageList.putNumbers(pageList, firstPage, pageCount);
        for (int slot = 0; slot < pageCount; slot++) {
            sha256.truncated(pages.slice(slot * pageSize, pageSize)).put(pageList);
        }
        pageListChecksum = sha256.truncated(pageList.flip());
        int size = zstd.compressDirectByteBuffer(stored.clear(), 0, stored.capacity(), pages, 0, pageCount * pageSize);
        checksum = sha256.truncated(stored.position(0).limit(size));
        return this;
    }

    ByteBuffer stored() {
        return stored.duplicate();
    }

    ByteBuffer pageList() {
        return pageList.duplicate();
    }

    ByteBuffer pageDigests() {
        int digests = pageCount * ShortDigest.SIZE;
        return pageList.slice(pageList.limit() - digests, digests);
    }

    /** The block's entry in the block table, if it is stored at that offset. */
    BlockEntry entry(long offset) {
        return new BlockEntry(
                offset,
                stored.remaining(),
                pageCount,
                firstPage,
                firstPage + pageCount - 1,
                pageList.remaining(),
                checksum,
                pageListChecksum);
    }

    @Override
    public void close() {
        zstd.close();
        arena.close();
    }
}
