package dev.afterimage.storage;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;

/** So many bytes a second, for all threads together. Who was slow meanwhile may not make up for it. */
public final class Rate {

    private static final long NAP = Duration.ofMillis(50).toNanos();

    /** How the time passes. */
    interface Time {
        long nanos();

        void sleep(long nanos) throws InterruptedException;
    }

    private static final Time REAL = new Time() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void sleep(long nanos) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    };

    /** As fast as it goes. */
    public static final Rate UNLIMITED = new Rate(0);

    private final long bytesPerSecond;
    private final Time time;
    private volatile boolean stopped;
    private long freeAt;

    /** @param bytesPerSecond 0 for no limit */
    public Rate(long bytesPerSecond) {
        this(bytesPerSecond, REAL);
    }

    Rate(long bytesPerSecond, Time time) {
        this.bytesPerSecond = bytesPerSecond;
        this.time = time;
        this.freeAt = time.nanos();
    }

    /** Whoever waits, or would, stops instead, for as long as that is so. */
    public void stop(boolean isToStop) {
        stopped = isToStop;
    }

    public boolean isLimited() {
        return bytesPerSecond > 0;
    }

    /** The same, where nobody looks in between. */
    public void take(long bytes) {
        take(bytes, () -> {});
    }

    /**
     * Waits until so many bytes may follow on those before.
     *
     * @param meanwhile called again and again while it waits; may throw to stop
     * @throws CancellationException when the thread is interrupted, or all are to stop
     */
    public void take(long bytes, Runnable meanwhile) {
        if (!isLimited()) {
            return;
        }
        long until = reserve(bytes);
        for (long left = until - time.nanos(); left > 0; left = until - time.nanos()) {
            meanwhile.run();
            if (stopped) {
                throw new CancellationException("stopped");
            }
            try {
                time.sleep(Math.min(left, NAP));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CancellationException("interrupted");
            }
        }
    }

    private synchronized long reserve(long bytes) {
        long now = time.nanos();
        long begin = freeAt - now > 0 ? freeAt : now;
        freeAt = begin + (long) (bytes * 1e9 / bytesPerSecond);
        return freeAt;
    }
}
