package dev.afterimage.sqlite;

import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Progress that is called by SQLite's C code, through which no exception may pass: the first one is kept, nothing is
 * called any more, and back in Java it is thrown. Also holds a capture to its speed limit.
 */
public final class ProgressFromC {

    private final PageProgress progress;
    private final SpeedLimit limit;
    private @Nullable RuntimeException exception;
    private @Nullable Error error;

    public ProgressFromC(PageProgress progress, int pageSize, long maxBytesPerSecond) {
        this(progress, new SpeedLimit(pageSize, maxBytesPerSecond));
    }

    public ProgressFromC(PageProgress progress, SpeedLimit limit) {
        this.progress = progress;
        this.limit = limit;
    }

    /**
     * Reports, then sleeps for as long as the work is ahead of its speed limit, reporting again and again.
     *
     * @param pagesDone asked here, where it may throw
     * @return false if the work is to stop
     */
    public boolean report(LongSupplier pagesDone, long total) {
        if (exception != null || error != null) {
            return false;
        }
        try {
            limit.report(pagesDone.getAsLong(), total, progress);
            return true;
        } catch (RuntimeException e) {
            exception = e;
            return false;
        } catch (Error e) {
            error = e;
            return false;
        }
    }

    /**
     * As {@link #report}, for C code that does not ask whether it is to stop.
     *
     * @param stop makes it fail; called once. What it throws is added to what has stopped the work
     */
    public void report(LongSupplier pagesDone, long total, Runnable stop) {
        if (exception == null && error == null && !report(pagesDone, total)) {
            try {
                stop.run();
            } catch (RuntimeException | Error e) {
                stoppedBy().addSuppressed(e);
            }
        }
    }

    private Throwable stoppedBy() {
        return exception != null ? exception : Objects.requireNonNull(error);
    }

    public void throwIfStopped() {
        if (exception != null) {
            throw exception;
        }
        if (error != null) {
            throw error;
        }
    }
}
