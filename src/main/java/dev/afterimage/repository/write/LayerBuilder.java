package dev.afterimage.repository.write;

import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.read.LayerReader;
import dev.afterimage.repository.read.UnpublishedLayer;
import dev.afterimage.repository.read.Workers;
import dev.afterimage.repository.seal.Vault;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Pages on their way into a new layer. They are packed into blocks on the calling thread; blocks are compressed by the
 * workers, and appended in order by one thread of its own. A few blocks are in memory at a time, and nothing is on the
 * storage before the first is full. For one thread at a time.
 */
final class LayerBuilder implements AutoCloseable {

    private final LayerHeader header;
    private final Vault vault;
    private final Workers workers;
    private final Workers appender = Workers.single("block-appender-");
    private final List<BlockEncoder> blocks = new ArrayList<>();
    private final Deque<Future<BlockEncoder>> inFlight = new ArrayDeque<>();
    private @Nullable BlockEncoder filling;
    private @Nullable LayerWriter layer;
    private int begun;

    /** @param workers stay the caller's to close, before this builder is closed */
    LayerBuilder(LayerHeader header, Vault vault, Workers workers) {
        this.header = header;
        this.vault = vault;
        this.workers = workers;
    }

    /** Adds a page, whose number is greater than those of all before; see {@link BlockEncoder#add}. */
    void add(long page, ByteBuffer source, int offset, byte[] digest, int at) {
        var block = filling;
        if (block == null) {
            block = freeBlock().emptied();
            filling = block;
        }
        block.add(page, source, offset, digest, at);
        if (block.isFull()) {
            compressFilled();
        }
    }

    /** Adds a block as it is stored in another layer; its pages all have greater numbers than those before. */
    void add(LayerReader other, int number) {
        compressFilled();
        var block = freeBlock().copy(other, number, begun++);
        append(block);
    }

    private BlockEncoder freeBlock() {
        if (inFlight.size() < workers.enough()) {
            var block = new BlockEncoder(header, vault.codec().parts());
            blocks.add(block);
            return block;
        }
        return Workers.await(inFlight.remove());
    }

    private void compressFilled() {
        var block = filling;
        if (block != null) {
            filling = null;
            int number = begun++;
            var compressed = workers.submit(() -> block.encode(number));
            var target = layer();
            inFlight.add(appender.submit(() -> {
                target.append(Workers.await(compressed));
                return block;
            }));
        }
    }

    private void append(BlockEncoder block) {
        var target = layer();
        inFlight.add(appender.submit(() -> {
            target.append(block);
            return block;
        }));
    }

    private LayerWriter layer() {
        var current = layer;
        if (current == null) {
            current = LayerWriter.begin(header, vault);
            layer = current;
        }
        return current;
    }

    /** The layer, written but unpublished, which the caller closes; nothing when no page was added. */
    Optional<UnpublishedLayer> finish() {
        compressFilled();
        while (!inFlight.isEmpty()) {
            Workers.await(inFlight.remove());
        }
        return Optional.ofNullable(layer).map(LayerWriter::finish);
    }

    /** Returns when no thread of its own runs any more. Removes the layer, unless it was finished. */
    @Override
    public void close() {
        appender.close();
        blocks.forEach(BlockEncoder::close);
        if (layer != null) {
            layer.close();
        }
    }
}
