package dev.afterimage.repository.read;

import dev.afterimage.repository.format.SnapshotDamagedException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/**
 * Decompressed blocks of some layers. The last block of each layer is kept, so who walks through pages in order has each block
 * decompressed once, by the first thread that needs it. Holds outside the heap what the blocks in use have, up to 1 MiB each, as much per layer that
 * was read, and 1 MiB per thread that decompresses. For one thread at a time; the blocks that it gives out are for any.
 */
public final class LayerBlocks implements AutoCloseable {

    /** So that most blocks have room where another was. */
    private static final int SMALLEST = 1 << 14;

    private final List<LayerReader> layers;
    private final Arena arena = Arena.ofShared();
    private final Queue<BlockDecoder> decoders = new ConcurrentLinkedQueue<>();
    private final Map<Integer, Deque<ByteBuffer>> free = new HashMap<>();
    private final Decompressed[] last;
    private long blocksRead;

    /** @param layers stay the caller's to close, after this */
    public LayerBlocks(List<LayerReader> layers) {
        this.layers = layers;
        this.last = new Decompressed[layers.size()];
    }

    /**
     * The pages of a block, from the buffer's start to its limit, until another block of that layer is asked for.
     *
     * @throws SnapshotDamagedException if it is not what was written
     */
    public ByteBuffer block(int layer, int number) {
        var block = use(layer, number);
        release(block); // it stays, being the last one of its layer
        return block.await();
    }

    /** A block, which is decompressed when it is needed. It stays until it was released as often as used. */
    Decompressed use(int layer, int number) {
        var block = last[layer];
        if (block == null || !block.is(number)) {
            last[layer] = null;
            if (block != null) {
                release(block);
            }
            block = another(layers.get(layer), number);
            last[layer] = block;
        }
        block.uses++;
        return block;
    }

    /** Being the last one of its layer is a use, too. */
    private Decompressed another(LayerReader layer, int number) {
        var pages = room(layer.blocks().pages(number) * layer.pageSize());
        blocksRead++;
        return new Decompressed(number, pages, new FutureTask<>(() -> decompress(layer, number, pages)));
    }

    /** Layers of few pages have small blocks, and a snapshot has mostly such. */
    private ByteBuffer room(int bytes) {
        int capacity = Math.max(SMALLEST, Integer.highestOneBit(2 * bytes - 1));
        var unused = free.get(capacity);
        return unused == null || unused.isEmpty() ? arena.allocate(capacity).asByteBuffer() : unused.remove();
    }

    /** There are no more decoders than threads that decompress. */
    private ByteBuffer decompress(LayerReader layer, int number, ByteBuffer pages) {
        var idle = decoders.poll();
        var decoder = idle == null ? new BlockDecoder(layer.newParts()) : idle;
        try {
            decoder.decode(layer, number, pages);
            return pages;
        } finally {
            decoders.add(decoder);
        }
    }

    void release(Decompressed block) {
        block.uses--;
        if (block.uses == 0) {
            free.computeIfAbsent(block.pages.capacity(), _ -> new ArrayDeque<>())
                    .add(block.pages);
        }
    }

    /** Blocks read from the storage and decompressed, or about to be. */
    long blocksRead() {
        return blocksRead;
    }

    @Override
    public void close() {
        decoders.forEach(BlockDecoder::close);
        arena.close();
    }

    /** A block that is there or on its way. */
    static final class Decompressed {

        private final int number;
        private final ByteBuffer pages;
        private final FutureTask<ByteBuffer> decompression;
        private int uses = 1;

        private Decompressed(int number, ByteBuffer pages, FutureTask<ByteBuffer> decompression) {
            this.number = number;
            this.pages = pages;
            this.decompression = decompression;
        }

        /** What could not be read is tried again when it is asked for again. */
        private boolean is(int wanted) {
            return number == wanted && decompression.state() != Future.State.FAILED;
        }

        /** Decompresses it, unless a thread has begun to. For any thread. */
        void begin() {
            decompression.run();
        }

        /**
         * Waits until its pages are there. For any thread.
         *
         * @throws SnapshotDamagedException if it is not what was written
         */
        ByteBuffer await() {
            begin();
            return Workers.await(decompression);
        }
    }
}
