package dev.afterimage.follow;

import java.time.Duration;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Some threads that do many small pieces of work, each when its time has come: the databases that are followed are looked at many times a
 * second, and each by whichever thread is free. Work says itself when it is to be done again.
 */
final class Rounds {

    /** Said by work that is not to be done again. */
    static final long NEVER = -1;

    /** What is not in a hurry is due together with others: to wake a thread costs more than to look at a database. */
    private static final long TOGETHER = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

    private static final Logger log = LoggerFactory.getLogger(Rounds.class);

    private final DelayQueue<Due> due = new DelayQueue<>();
    private final Thread[] threads;
    private volatile boolean ended;

    /** @param failed the last time, which is told once */
    private record Due(long atNanos, LongSupplier work, boolean failed) implements Delayed {
        @Override
        public long getDelay(TimeUnit unit) {
            return unit.convert(atNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
        }

        @Override
        public int compareTo(Delayed other) {
            return Long.compare(atNanos - ((Due) other).atNanos, 0);
        }
    }

    Rounds(String name, int count) {
        threads = new Thread[count];
        for (int i = 0; i < count; i++) {
            threads[i] = Thread.ofPlatform().name(name + i).daemon().start(this::run);
        }
    }

    /**
     * @param nanos after which it is done; above 100 ms it may be 50 ms later
     * @param work returns after how many nanoseconds it is to be done again, or NEVER
     */
    void in(long nanos, LongSupplier work) {
        in(nanos, work, false);
    }

    private void in(long nanos, LongSupplier work, boolean failed) {
        long at = System.nanoTime() + nanos;
        due.add(new Due(nanos > 2 * TOGETHER ? at + Math.floorMod(-at, TOGETHER) : at, work, failed));
    }

    private void run() {
        while (!ended) {
            try {
                run(due.take());
            } catch (InterruptedException e) {
                return; // only by end()
            }
        }
    }

    private void run(Due next) {
        long again;
        boolean failed = false;
        try {
            again = next.work().getAsLong();
        } catch (RuntimeException | Error e) {
            if (!next.failed()) {
                log.error(
                        "Work of {} has failed, and is tried again until it does not",
                        Thread.currentThread().getName(),
                        e);
            }
            again = RETRY;
            failed = true;
        }
        if (again != NEVER && !ended) {
            in(again, next.work(), failed);
        }
    }

    /**
     * Begins nothing more, and waits for what is being done.
     *
     * @return false when something still goes on after the patience
     */
    boolean end(Duration patience) {
        ended = true;
        long until = System.nanoTime() + patience.toNanos();
        for (int i = 0; i < threads.length; i++) {
            in(0, () -> NEVER); // wakes whoever waits
        }
        try {
            for (var thread : threads) {
                thread.join(Duration.ofNanos(Math.max(1, until - System.nanoTime())));
                if (thread.isAlive()) {
                    return false;
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
