package dev.afterimage.sqlite;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Uses channels on threads that nobody can interrupt, because interrupting a thread closes the {@link FileChannel} that it
 * reads. The interrupted caller gets its bytes, and stays interrupted.
 */
public final class Uninterrupted {

    private static final ExecutorService THREADS = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("live-file-", 0).factory());

    public static <T> T call(Callable<T> io) throws IOException {
        var result = THREADS.submit(io);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException e) {
                    // It uses the caller's buffer until it ends, so the caller may not go on before.
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IOException(e.getMessage(), e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Uninterrupted() {}
}
