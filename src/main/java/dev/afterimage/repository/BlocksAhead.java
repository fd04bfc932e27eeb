package dev.afterimage.repository;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;

/**
 * Blocks of some layers, decompressed by workers before they are needed. Who walks through pages in order uses the blocks of
 * each layer in order; the last of each layer is kept, so each block is decompressed once. Holds 1 MiB outside the heap per
 * block in use, and per layer and worker. For one thread at a time, its workers aside.
 */
final class BlocksAhead implements AutoCloseable {

    private final List<LayerReader> layers;
    private final Workers workers;
    private final Arena arena = Arena.ofShared();
    private final Queue<BlockDecoder> decoders = new ConcurrentLinkedQueue<>();
    private final Deque<ByteBuffer> free = new ArrayDeque<>();
    private final Ahead[] last;
    private long blocksRead;

    /**
     * @param layers stay the caller's to close, after this
     * @param workers stay the caller's to close, before this
     */
    BlocksAhead(List<LayerReader> layers, Workers workers) {
        this.layers = layers;
        this.workers = workers;
        this.last = new Ahead[layers.size()];
    }

    /** Has a block decompressed, unless it is the last one of its layer. It stays until it was released as often as used. */
    Ahead use(int layer, int number) {
        var block = last[layer];
        if (block == null || block.number != number) {
            if (block != null) {
                release(block);
            }
            block = begin(layers.get(layer), number);
            last[layer] = block;
        }
        block.uses++;
        return block;
    }

    /** Being the last one of its layer is a use, too. */
    private Ahead begin(LayerReader layer, int number) {
        var pages = free.isEmpty() ? arena.allocate(Block.BYTES).asByteBuffer() : free.remove();
        blocksRead++;
        return new Ahead(number, pages, workers.submit(() -> decode(layer, number, pages)));
    }

    /** On a worker's thread. There are no more decoders than workers. */
    private ByteBuffer decode(LayerReader layer, int number, ByteBuffer pages) {
        var idle = decoders.poll();
        var decoder = idle == null ? new BlockDecoder() : idle;
        try {
            decoder.decode(layer, number, pages);
            return pages;
        } finally {
            decoders.add(decoder);
        }
    }

    void release(Ahead block) {
        block.uses--;
        if (block.uses == 0) {
            free.add(block.pages);
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
    static final class Ahead {

        private final int number;
        private final ByteBuffer pages;
        private final Future<ByteBuffer> decoded;
        private int uses = 1;

        private Ahead(int number, ByteBuffer pages, Future<ByteBuffer> decoded) {
            this.number = number;
            this.pages = pages;
            this.decoded = decoded;
        }

        /**
         * Waits until its pages are there. For any thread.
         *
         * @throws SnapshotDamagedException if it is not what was written
         */
        ByteBuffer await() {
            return Workers.await(decoded);
        }
    }
}
