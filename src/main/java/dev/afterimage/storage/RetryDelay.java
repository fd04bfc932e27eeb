package dev.afterimage.storage;

import java.io.InterruptedIOException;
import java.util.concurrent.ThreadLocalRandom;

/** Waits between tries, longer each time, and never as long as others that failed at the same time. */
public final class RetryDelay {

    private static final long FIRST_MILLIS = 100;
    private static final int MOST_DOUBLINGS = 7;

    private RetryDelay() {}

    /**
     * Waits.
     *
     * @param tries how many have failed
     * @throws StorageException.Unreachable when the thread is interrupted
     */
    public static void sleep(int tries) {
        long most = FIRST_MILLIS << Math.min(tries, MOST_DOUBLINGS);
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(most / 2, most));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            var interrupted = new InterruptedIOException("Interrupted");
            interrupted.initCause(e);
            throw new StorageException.Unreachable("Interrupted between two tries", interrupted);
        }
    }
}
