package dev.afterimage.lifecycle;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that does some pieces of work again and again, one at a time, until it is stopped. When one throws, that is logged, and it
 * is done again when its time comes. Work that it is given after it was stopped is never done.
 *
 * <p>All periodic work runs on such threads, most of it as {@link PeriodicWork}. Spring's {@code @Scheduled} begins after all else has started
 * and ends when a stop begins; but leases are kept from before the first job until the last one's grace is over, and the reserve is made
 * before there is a catalog. And its work shares threads: here a look at a mount that hangs holds up only itself.
 */
public final class PeriodicThread {

    private static final Logger log = LoggerFactory.getLogger(PeriodicThread.class);

    private final String name;
    private final ScheduledExecutorService thread;

    /** Starts no thread before there is work. It does not keep the process from ending. */
    public PeriodicThread(String name) {
        this.name = name;
        this.thread = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name(name).daemon().factory(), new ThreadPoolExecutor.DiscardPolicy());
    }

    /** @param period from now to the first time, and from the end of each time to the next one */
    public void every(Duration period, Runnable work) {
        every(period, period, work);
    }

    /** @param first from now to the first time */
    public void every(Duration period, Duration first, Runnable work) {
        var _ = thread.scheduleWithFixedDelay(logged(work), first.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
    }

    public void once(Duration after, Runnable work) {
        var _ = thread.schedule(logged(work), after.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Runnable logged(Runnable work) {
        var failure = new RepeatedFailure(log);
        return () -> {
            try {
                work.run();
                failure.worked();
            } catch (Throwable e) { // a scheduled task that throws is never run again
                failure.failed(
                        "What the thread %s does has failed, it is tried again when its time comes".formatted(name), e);
            }
        };
    }

    /** Begins no more work, and interrupts what is being done. */
    public void interrupt() {
        thread.shutdownNow();
    }

    /**
     * Begins no more work, and waits for what is being done.
     *
     * @return false when it still goes on after {@code patience}, or the calling thread was interrupted
     */
    public boolean end(Duration patience) {
        thread.shutdown();
        try {
            return thread.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
