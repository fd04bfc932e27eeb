package dev.afterimage.sqlite;

import java.time.Duration;
import java.util.concurrent.CancellationException;

/**
 * Pauses between attempts: 5 ms at first, twice as long each time up to a longest, until the patience is used up. The longest is a
 * twentieth of the patience, so that also a database that is locked most of the time is met unlocked, within 40 to 500 ms.
 */
final class Backoff {

    private static final Duration FIRST = Duration.ofMillis(5);
    private static final Duration SHORTEST_LONGEST = Duration.ofMillis(40);
    private static final Duration LONGEST = Duration.ofMillis(500);
    private static final int PAUSES = 20;
    private static final int A_FEW = 5;

    private final long end;
    private final Duration longest;
    private int least;
    private Duration next = FIRST;

    Backoff(Duration patience) {
        this(patience, longest(patience.dividedBy(PAUSES)), 0);
    }

    private static Duration longest(Duration wanted) {
        var longest = wanted.compareTo(LONGEST) < 0 ? wanted : LONGEST;
        return longest.compareTo(SHORTEST_LONGEST) < 0 ? SHORTEST_LONGEST : longest;
    }

    /** Of 115 ms in all. */
    static Backoff ofAFew() {
        return ofAFewAtLeast(Duration.ZERO);
    }

    /** Pauses of at most 40 ms, and as many of them as {@link #ofAFew} even when the patience is used up. */
    static Backoff ofAFewAtLeast(Duration patience) {
        return new Backoff(patience, SHORTEST_LONGEST, A_FEW);
    }

    private Backoff(Duration patience, Duration longest, int least) {
        this.end = System.nanoTime() + patience.toNanos();
        this.longest = longest;
        this.least = least;
    }

    /**
     * Pauses before the next attempt.
     *
     * @return false, at once, when the patience is used up
     * @throws CancellationException if {@code progress} says so, or the thread is interrupted
     */
    boolean pause(PageProgress progress) {
        progress.pages(0, 0);
        long pause = nextNanos();
        if (pause > 0) {
            sleep(pause);
        }
        return pause > 0;
    }

    /** The same for what must not be given up now: an interrupt shortens one pause, and the thread stays interrupted. */
    boolean pauseUncancelled() {
        boolean interrupted = Thread.interrupted();
        try {
            return pause(PageProgress.NONE);
        } catch (CancellationException e) {
            interrupted = true;
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** 0 when there is to be none. */
    private long nextNanos() {
        long left = least-- > 0 ? longest.toNanos() : end - System.nanoTime();
        long pause = Math.max(0, Math.min(left, next.toNanos()));
        next = next.multipliedBy(2).compareTo(longest) < 0 ? next.multipliedBy(2) : longest;
        return pause;
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
