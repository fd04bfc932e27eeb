package dev.afterimage.repository;

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
    private final BlockDecoder decoder = new BlockDecoder();
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
            decoder.decode(layers.get(layer), number, kept.pages);
            kept.number = number;
            blocksRead++;
        }
        return kept.pages;
    }

    /** Blocks read from the storage and decompressed so far. */
    long blocksRead() {
        return blocksRead;
    }

    @Override
    public void close() {
        decoder.close();
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
