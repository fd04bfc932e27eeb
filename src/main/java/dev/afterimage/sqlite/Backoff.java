package dev.afterimage.sqlite;

import java.time.Duration;
import java.util.concurrent.CancellationException;

/** Pauses between attempts: 5 ms at first, twice as long each time, at most 500 ms, until the patience is used up. */
final class Backoff {

    private static final Duration FIRST = Duration.ofMillis(5);
    private static final Duration LONGEST = Duration.ofMillis(500);

    private final long end;
    private Duration next = FIRST;

    Backoff(Duration patience) {
        end = System.nanoTime() + patience.toNanos();
    }

    /**
     * Pauses before the next attempt.
     *
     * @return false, at once, when the patience is used up
     * @throws CancellationException if {@code progress} says so, or the thread is interrupted
     */
    boolean pause(PageProgress progress) {
        progress.pages(0, 0);
        long left = end - System.nanoTime();
        if (left <= 0) {
            return false;
        }
        sleep(Math.min(left, next.toNanos()));
        next = next.multipliedBy(2).compareTo(LONGEST) < 0 ? next.multipliedBy(2) : LONGEST;
        return true;
    }

    /** Sleeps on the caller's thread; an interrupt cancels. */
    static void sleep(long nanos) {
        try {
            Thread.sleep(Duration.ofNanos(nanos));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            var cancelled = new CancellationException("the thread was interrupted");
            cancelled.initCause(e);
            throw cancelled;
        }
    }
}
