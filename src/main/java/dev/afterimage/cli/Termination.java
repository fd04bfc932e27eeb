package dev.afterimage.cli;

import dev.afterimage.sqlite.PageProgress;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;

/**
 * Ctrl-C and SIGTERM, while some work must not be left half done: the work hears of them through its progress, and the
 * process ends when it has cleaned up.
 */
final class Termination implements PageProgress, AutoCloseable {

    private final CountDownLatch cleanedUp = new CountDownLatch(1);
    private final Thread hook = Thread.ofPlatform().name("termination").unstarted(this::letCleanUp);
    private volatile boolean asked;

    static Termination awaited() {
        var termination = new Termination();
        Runtime.getRuntime().addShutdownHook(termination.hook);
        return termination;
    }

    private void letCleanUp() {
        asked = true;
        try {
            cleanedUp.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the process ends at once, as after kill -9
        }
    }

    @Override
    public void pages(long done, long total) {
        if (asked) {
            throw new CancellationException("the process was told to end");
        }
    }

    /** The work has ended, and cleaned up. */
    @Override
    public void close() {
        cleanedUp.countDown();
    }

    private Termination() {}
}
