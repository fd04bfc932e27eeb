package dev.afterimage.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Has the operating system write a growing file to disk while more of it is made, so that the sync at its end, for which
 * everything waits, has little left to do. Promises nothing about durability: that is the final sync's affair. Several threads
 * may tell of what they have written.
 */
public final class EarlyWriteback implements Closeable {

    private static final long BYTES_PER_ROUND = 32 << 20;

    private final FileChannel channel;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("early-writeback").factory());
    private long unwritten;
    private @Nullable Future<?> round;

    /** @param channel stays the caller's to close, after this */
    public EarlyWriteback(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws IOException when an earlier round failed: the operating system reports a lost write only once */
    public synchronized void grown(long bytes) throws IOException {
        unwritten += bytes;
        if (unwritten >= BYTES_PER_ROUND && (round == null || round.isDone())) {
            await();
            unwritten = 0;
            round = thread.submit(() -> {
                channel.force(false);
                return null;
            });
        }
    }

    /** Waits for the round that is under way. */
    public void await() throws IOException {
        if (round == null) {
            return;
        }
        try {
            round.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while writing to disk", e);
        }
    }

    @Override
    public void close() {
        thread.close();
    }
}
