package dev.afterimage.lifecycle;

import java.time.Duration;
import org.slf4j.Logger;

/**
 * Tells the log of what fails again and again: the first time with all there is to say, then once a minute in a line, for what is tried each
 * second while a disk is full would fill another. Of several threads.
 */
public final class RepeatedFailure {

    private static final Duration REPEATED = Duration.ofMinutes(1);

    private final Logger log;
    private long untold;
    private long toldAt;
    private boolean failing;

    public RepeatedFailure(Logger log) {
        this.log = log;
    }

    /** @param what a sentence about what has failed, and what becomes of it */
    public synchronized void failed(String what, Throwable failure) {
        long now = System.nanoTime();
        if (!failing) {
            log.error(what, failure);
            toldAt = now;
        } else if (now - toldAt >= REPEATED.toNanos()) {
            log.error("{} ({} more times): {}", what, untold + 1, failure.toString());
            untold = 0;
            toldAt = now;
        } else {
            untold++;
        }
        failing = true;
    }

    /** It has worked: the next failure is told in full again. */
    public synchronized void worked() {
        failing = false;
        untold = 0;
    }
}
