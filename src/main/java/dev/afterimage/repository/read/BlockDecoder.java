package dev.afterimage.repository.read;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import dev.afterimage.repository.format.Block;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.seal.LayerParts;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/** Reads blocks of layers and decompresses them. Holds 1 MiB outside the heap. For one thread at a time. */
final class BlockDecoder implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final ByteBuffer stored = arena.allocate(Block.MAX_STORED_BYTES).asByteBuffer();
    private final LayerParts parts;
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();

    /** @param parts nobody else's */
    BlockDecoder(LayerParts parts) {
        this.parts = parts;
    }

    /**
     * Fills a buffer, from its start to its limit, with the pages of a block.
     *
     * @param pages outside the heap, with room for those that the block has
     * @throws SnapshotDamagedException if the block is not what was written; the buffer then has anything
     */
    void decode(LayerReader layer, int number, ByteBuffer pages) {
        layer.readCompressed(number, stored, parts);
        int size = layer.blocks().pages(number) * layer.pageSize();
        int decompressed;
        try {
            decompressed =
                    zstd.decompressDirectByteBuffer(pages.clear(), 0, pages.capacity(), stored, 0, stored.limit());
        } catch (ZstdException e) {
            throw layer.damaged("block %d cannot be decompressed".formatted(number), e);
        }
        if (decompressed != size) {
            throw layer.damaged(
                    "block %d has %d bytes of pages instead of %d".formatted(number, decompressed, size), null);
        }
        pages.limit(size);
    }

    @Override
    public void close() {
        zstd.close();
        arena.close();
    }
}
