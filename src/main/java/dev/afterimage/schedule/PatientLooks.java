package dev.afterimage.schedule;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Looks at files on threads of its own. Nothing frees a thread from a file system that hangs, and the schedules of all other databases must
 * not hang with it.
 */
final class PatientLooks {

    /** So many can hang; then there are no more looks until one comes back. */
    static final int MOST_AT_ONCE = 4;

    private final Duration patience;
    private final ExecutorService threads = new ThreadPoolExecutor(
            0,
            MOST_AT_ONCE,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().name("schedule-look-", 1).daemon().factory());

    PatientLooks(Duration patience) {
        this.patience = patience;
    }

    /** What the look finds; empty also when it does not end in time. It is not interrupted, since that would close files under others. */
    <T> Optional<T> look(Supplier<Optional<T>> look) {
        try {
            return threads.submit(look::get).get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | RejectedExecutionException e) { // it cannot be told, for which there is an answer
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a look has failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
