package dev.afterimage.storage.local;

import dev.afterimage.storage.StorageIdentity;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The file of a storage's {@link StorageIdentity}. A dead network file system may never answer, and whoever reads it cannot be woken up; so one
 * thread reads for all, and nobody waits for it longer than the patience. While it hangs, nobody waits at all.
 */
final class IdentityFile {

    /** A file system that is well answers in milliseconds, a disk that must spin up in seconds. */
    static final Duration PATIENCE = Duration.ofSeconds(10);

    /** Far more than any identity has. */
    private static final int MAX_BYTES = 4096;

    private final Path path;
    private final Duration patience;
    private final ThreadPoolExecutor thread;

    /** Asked for, and not begun: whoever comes now may join it, and what it finds is not older than the question. */
    private @Nullable FutureTask<byte[]> next;

    private @Nullable Long begunNanos;

    /** Starts no thread before there is something to read, and keeps none for long. */
    IdentityFile(Path path, Duration patience) {
        this.path = path;
        this.patience = patience;
        var threads = Thread.ofPlatform().name("storage-identity").daemon().factory();
        this.thread = new ThreadPoolExecutor(
                1, 1, patience.toMillis(), TimeUnit.MILLISECONDS, new LinkedBlockingQueue<>(), threads);
        this.thread.allowCoreThreadTimeOut(true);
    }

    Path path() {
        return path;
    }

    /**
     * Its bytes as they are after the call.
     *
     * @throws java.nio.file.NoSuchFileException when there is none
     * @throws IOException when it cannot be read, or the storage does not answer
     */
    byte[] read() throws IOException {
        try {
            return join().get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw silent(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("Interrupted").initCause(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        }
    }

    private synchronized FutureTask<byte[]> join() throws IOException {
        if (begunNanos != null && System.nanoTime() - begunNanos > patience.toNanos()) {
            throw silent(null);
        }
        if (next == null) {
            next = new FutureTask<>(this::readNow);
            thread.execute(next);
        }
        return next;
    }

    private IOException silent(@Nullable Throwable cause) {
        return new IOException("the file system has not answered for %d s".formatted(patience.toSeconds()), cause);
    }

    private byte[] readNow() throws IOException {
        begin();
        try (var content = Files.newInputStream(path)) {
            return content.readNBytes(MAX_BYTES);
        } finally {
            end();
        }
    }

    private synchronized void begin() {
        next = null;
        begunNanos = System.nanoTime();
    }

    private synchronized void end() {
        begunNanos = null;
    }
}
