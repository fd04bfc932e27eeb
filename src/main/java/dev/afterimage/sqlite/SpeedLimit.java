package dev.afterimage.sqlite;

import java.time.Duration;

/** Holds a piece of work to a number of bytes per second, counted from when this is made, and to a pause after each report. */
public final class SpeedLimit {

    private static final long NAP = Duration.ofMillis(50).toNanos();
    private static final double NANOS_PER_SECOND = 1e9;

    private final int pageSize;
    private final long maxBytesPerSecond;
    private final long pause;
    private final long start = System.nanoTime();

    /** @param maxBytesPerSecond 0 for no limit */
    public SpeedLimit(int pageSize, long maxBytesPerSecond) {
        this(pageSize, maxBytesPerSecond, Duration.ZERO);
    }

    /** @param pause after each report but the last */
    public SpeedLimit(int pageSize, long maxBytesPerSecond, Duration pause) {
        this.pageSize = pageSize;
        this.maxBytesPerSecond = maxBytesPerSecond;
        this.pause = pause.toNanos();
    }

    /** Reports, then sleeps for as long as the work is ahead of its limit, reporting again and again. */
    public void report(long done, long total, PageProgress progress) {
        report(done, done, total, progress);
    }

    /**
     * The same where not all that is done was read.
     *
     * @param read what the limit is about
     */
    public void report(long read, long done, long total, PageProgress progress) {
        progress.pages(done, total);
        long reported = System.nanoTime();
        long left = nanosToSleep(read, reported);
        // Nothing is gained by a pause after the last page, which would only hold the lock longer.
        while (left > 0 && done < total) {
            Backoff.sleep(Math.min(left, NAP));
            progress.pages(done, total);
            left = nanosToSleep(read, reported);
        }
    }

    private long nanosToSleep(long done, long reported) {
        long now = System.nanoTime();
        return Math.max(pause - (now - reported), nanosAhead(done, now));
    }

    private long nanosAhead(long done, long now) {
        if (maxBytesPerSecond == 0) {
            return 0;
        }
        double nanosDue = (double) done * pageSize / maxBytesPerSecond * NANOS_PER_SECOND;
        return (long) nanosDue - (now - start);
    }
}
