package dev.afterimage.repository;

import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.Closeable;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Decompressed blocks of some layers. Keeps the last block of each, 1 MiB outside the heap per layer that was read. For one
 * thread at a time.
 */
final class LayerBlocks implements Closeable {

    private final List<LayerReader> layers;
    private final Arena arena = Arena.ofShared();
    private final ByteBuffer stored = arena.allocate(Block.MAX_STORED_BYTES).asByteBuffer();
    private final ZstdDecompressCtx zstd = new ZstdDecompressCtx();
    private final Last[] last;
    private long blocksRead;

    /** @param layers stay the caller's to close */
    LayerBlocks(List<LayerReader> layers) {
        this.layers = layers;
        this.last = new Last[layers.size()];
    }

    /**
     * The pages of a block, from the buffer's start to its limit, until another block of that layer is asked for.
     *
     * @throws SnapshotDamagedException if it is not what was written
     */
    ByteBuffer block(int layer, int number) {
        var kept = last[layer];
        if (kept == null) {
            kept = last[layer] = new Last(arena.allocate(Block.BYTES).asByteBuffer());
        }
        if (kept.number != number) {
            kept.number = Last.NONE; // whatever happens next, its content is no longer that block
            decompress(layers.get(layer), number, kept.pages.clear());
            kept.number = number;
            blocksRead++;
        }
        return kept.pages;
    }

    private void decompress(LayerReader layer, int number, ByteBuffer pages) {
        layer.readStored(number, stored);
        int size = layer.block(number).pages() * layer.pageSize();
        int decompressed;
        try {
            decompressed = zstd.decompressDirectByteBuffer(pages, 0, pages.capacity(), stored, 0, stored.limit());
        } catch (ZstdException e) {
            throw layer.damaged("block %d cannot be decompressed".formatted(number), e);
        }
        if (decompressed != size) {
            throw layer.damaged(
                    "block %d has %d bytes of pages instead of %d".formatted(number, decompressed, size), null);
        }
        pages.position(0).limit(size);
    }

    /** Blocks read from the storage and decompressed so far. */
    long blocksRead() {
        return blocksRead;
    }

    @Override
    public void close() {
        zstd.close();
        arena.close();
    }

    private static final class Last {
        private static final int NONE = -1;

        private final ByteBuffer pages;
        private int number = NONE;

        Last(ByteBuffer pages) {
            this.pages = pages;
        }
    }
}
