package dev.afterimage.sqlite;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Progress that is called by SQLite's C code, through which no exception may pass: the first one is kept, nothing is
 * called any more, and back in Java it is thrown. Also holds a capture to its speed limit.
 */
final class ProgressFromC {

    private static final long NAP = Duration.ofMillis(50).toNanos();
    private static final double NANOS_PER_SECOND = 1e9;

    private final PageProgress progress;
    private final int pageSize;
    private final long maxBytesPerSecond;
    private final long start = System.nanoTime();
    private @Nullable RuntimeException exception;
    private @Nullable Error error;

    ProgressFromC(PageProgress progress, int pageSize, long maxBytesPerSecond) {
        this.progress = progress;
        this.pageSize = pageSize;
        this.maxBytesPerSecond = maxBytesPerSecond;
    }

    /**
     * Reports, then sleeps for as long as the work is ahead of its speed limit, reporting again and again.
     *
     * @param pagesDone asked here, where it may throw
     * @return false if the work is to stop
     */
    boolean report(LongSupplier pagesDone, long total) {
        if (exception != null || error != null) {
            return false;
        }
        try {
            long done = pagesDone.getAsLong();
            progress.pages(done, total);
            long left = nanosAhead(done);
            // Nothing is gained by a pause after the last page, which would only hold the lock longer.
            while (left > 0 && done < total) {
                Backoff.sleep(Math.min(left, NAP));
                progress.pages(done, total);
                left = nanosAhead(done);
            }
            return true;
        } catch (RuntimeException e) {
            exception = e;
            return false;
        } catch (Error e) {
            error = e;
            return false;
        }
    }

    private long nanosAhead(long done) {
        if (maxBytesPerSecond == 0) {
            return 0;
        }
        double nanosDue = (double) done * pageSize / maxBytesPerSecond * NANOS_PER_SECOND;
        return (long) nanosDue - (System.nanoTime() - start);
    }

    void throwIfStopped() {
        if (exception != null) {
            throw exception;
        }
        if (error != null) {
            throw error;
        }
    }
}
