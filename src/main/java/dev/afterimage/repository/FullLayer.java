package dev.afterimage.repository;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * A database file on its way into one layer. The calling thread reads and digests the file in order; blocks are digested
 * and compressed on all cores meanwhile, and one thread appends them in order. A few blocks are in memory at a time,
 * whatever the size of the file.
 */
final class FullLayer implements AutoCloseable {

    private static final int MAX_WORKERS = 8;

    /**
     * What was written.
     *
     * @param treeDigest SHA-256 over the page digests in page order, in hexadecimal
     * @param sha256 of the whole file, in hexadecimal
     */
    record Written(LayerRef layer, String treeDigest, String sha256) {}

    private final PageSource file;
    private final LayerWriter layer;
    private final Sha256 fileDigest = new Sha256();
    private final Sha256 treeDigest = new Sha256();
    private final int maxBlocks;
    private final List<Block> blocks = new ArrayList<>();
    private final Deque<Future<Block>> inFlight = new ArrayDeque<>();
    private final ExecutorService encoders;
    private final ExecutorService appender;

    FullLayer(PageSource file, LayerWriter layer) {
        this.file = file;
        this.layer = layer;
        int workers = Math.min(MAX_WORKERS, Runtime.getRuntime().availableProcessors());
        this.maxBlocks = 2 * workers + 2;
        this.encoders = Executors.newFixedThreadPool(
                workers, Thread.ofPlatform().daemon().name("block-encoder-", 0).factory());
        this.appender = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("block-appender").factory());
    }

    /**
     * Writes the whole layer.
     *
     * @param progress told of pages read; may throw to stop
     */
    Written write(PageProgress progress) {
        int pagesPerBlock = Block.pagesPerBlock(file.pageSize());
        for (long done = 0; done < file.pageCount(); done += pagesPerBlock) {
            progress.pages(done, file.pageCount());
            var block = freeBlock();
            int pages = (int) Math.min(pagesPerBlock, file.pageCount() - done);
            read(block, done + 1, pages);
            var encoded = encoders.submit(block::encode);
            inFlight.add(appender.submit(() -> append(encoded.get())));
        }
        while (!inFlight.isEmpty()) {
            await(inFlight.remove());
        }
        progress.pages(file.pageCount(), file.pageCount());
        return new Written(layer.finish(), treeDigest.hex(), fileDigest.hex());
    }

    private Block freeBlock() {
        if (inFlight.size() < maxBlocks) {
            var block = new Block(file.pageSize());
            blocks.add(block);
            return block;
        }
        return await(inFlight.remove());
    }

    private void read(Block block, long firstPage, int pages) {
        var buffer = block.begin(firstPage, pages);
        file.read(firstPage, buffer);
        fileDigest.update(buffer.flip());
    }

    private Block append(Block block) {
        treeDigest.update(block.pageDigests());
        layer.append(block);
        return block;
    }

    private static Block await(Future<Block> block) {
        try {
            return block.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted while saving");
        } catch (ExecutionException e) {
            throw rethrown(e);
        }
    }

    /** What was thrown on another thread, so that callers see one kind of failure. */
    private static RuntimeException rethrown(ExecutionException e) {
        Throwable cause = e.getCause();
        if (cause instanceof ExecutionException inner) {
            return rethrown(inner); // an encoder's, seen by the appender
        }
        if (cause instanceof RuntimeException failure) {
            return failure;
        }
        return new IllegalStateException(cause);
    }

    /** Returns when no thread of this layer runs any more. */
    @Override
    public void close() {
        encoders.shutdownNow();
        appender.shutdownNow();
        encoders.close();
        appender.close();
        blocks.forEach(Block::close);
    }
}
