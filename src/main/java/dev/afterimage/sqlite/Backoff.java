package dev.afterimage.sqlite;

import java.time.Duration;
import java.util.concurrent.CancellationException;

/** Pauses between attempts: twice as long each time up to a longest, until the patience is used up. */
public final class Backoff {

    private static final Duration FIRST = Duration.ofMillis(5);
    private static final Duration LONGEST = Duration.ofMillis(40);
    private static final int A_FEW = 5;

    /** At least as long as SQLite ever sleeps, so that who waits for us with a busy timeout gets in. */
    private static final Duration FIRST_BETWEEN_BURSTS = Duration.ofMillis(100);

    private static final Duration LONGEST_BETWEEN_BURSTS = Duration.ofMillis(500);

    private final Duration patience;
    private final long end;
    private final Duration longest;
    private int least;
    private Duration next;

    /** For locks that last: each attempt is a {@link #burst}. Pauses of 100 to 500 ms. */
    public static Backoff betweenBursts(Duration patience) {
        return new Backoff(patience, FIRST_BETWEEN_BURSTS, LONGEST_BETWEEN_BURSTS, 0);
    }

    /** Of 115 ms in all. */
    public static Backoff ofAFew() {
        return ofAFewAtLeast(Duration.ZERO);
    }

    /** Pauses of at most 40 ms, and as many of them as {@link #ofAFew} even when the patience is used up. */
    public static Backoff ofAFewAtLeast(Duration patience) {
        return new Backoff(patience, FIRST, LONGEST, A_FEW);
    }

    private Backoff(Duration patience, Duration first, Duration longest, int least) {
        this.patience = patience;
        this.end = System.nanoTime() + patience.toNanos();
        this.next = first;
        this.longest = longest;
        this.least = least;
    }

    /** For the next attempt. It does not get shorter towards the end: opening a database may have taken all the time on a busy machine. */
    public Burst burst() {
        return new Burst(patience);
    }

    /**
     * Pauses before the next attempt.
     *
     * @return false, at once, when the patience is used up
     * @throws CancellationException if {@code progress} says so, or the thread is interrupted
     */
    public boolean pause(PageProgress progress) {
        progress.pages(0, 0);
        long pause = nextNanos();
        if (pause > 0) {
            sleep(pause);
        }
        return pause > 0;
    }

    /** The same for what must not be given up now: an interrupt shortens one pause, and the thread stays interrupted. */
    public boolean pauseUncancelled() {
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
    public static void sleep(long nanos) {
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
