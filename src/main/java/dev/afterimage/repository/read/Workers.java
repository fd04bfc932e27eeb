package dev.afterimage.repository.read;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that do a part of a longer work. They are never interrupted: that would close the channel that a thread reads,
 * and closing any descriptor of a live database drops the locks that this process has on it.
 */
public final class Workers implements AutoCloseable {

    private static final int MAX_CORES = 8;

    private final int threads;
    private final ThreadPoolExecutor pool;

    private Workers(int threads, String name) {
        this.threads = threads;
        this.pool = new ThreadPoolExecutor(
                threads,
                threads,
                0,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name(name, 0).factory());
    }

    public static Workers onAllCores(String name) {
        return new Workers(Math.min(MAX_CORES, Runtime.getRuntime().availableProcessors()), name);
    }

    /** So many, for work that waits more than it computes. */
    public static Workers ofThreads(int threads, String name) {
        return new Workers(threads, name);
    }

    /** What is submitted is done one after the other. */
    public static Workers single(String name) {
        return new Workers(1, name);
    }

    /** How many pieces of work keep all threads busy while their results are taken in order. */
    public int enough() {
        return 2 * threads + 2;
    }

    public <T> Future<T> submit(Callable<T> work) {
        return pool.submit(work);
    }

    void execute(Runnable work) {
        pool.execute(work);
    }

    /** @throws RuntimeException what the work threw, so that callers see one kind of failure; an Error as it is */
    public static <T> T await(Future<T> work) {
        try {
            return work.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("Interrupted while waiting for workers");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Cancels what has not begun, and returns when no thread runs any more. */
    @Override
    public void close() {
        pool.shutdown();
        for (var work = pool.getQueue().poll();
                work != null;
                work = pool.getQueue().poll()) {
            if (work instanceof Future<?> future) {
                future.cancel(false);
            }
        }
        boolean interrupted = false;
        while (!pool.isTerminated()) {
            try {
                pool.awaitTermination(1, TimeUnit.DAYS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
