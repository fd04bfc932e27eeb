package dev.afterimage.sqlite;

import dev.afterimage.sqlite.live.Refusal;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.sqlite.SQLiteConnection;

/**
 * Ends what runs on a connection for too long, with {@link Refusal#isInterrupted}. A file can be made so that each of a few pages is
 * met again and again, up to fanout<sup>20</sup> times: then even {@code count(*)} does not end, nor the reading of the schema.
 * Counting is one instruction of SQLite, in which no progress handler is called; only an interruption from outside ends it.
 */
public final class QueryTime implements AutoCloseable {

    /** For the schema; that of 100,000 tables is read within seconds. */
    public static final Duration OF_SCHEMA = Duration.ofSeconds(30);

    /** For what is counted or listed on request; an index of 100 GB is counted in that. */
    public static final Duration OF_REQUEST = Duration.ofMinutes(10);

    public static final String TOO_LONG =
            "reading it takes far too long for a file of its size, as when pages of it lead back to each other";

    private static final long MILLIS_BETWEEN_INTERRUPTIONS = 100;

    private final SQLiteConnection connection;
    private final Duration longest;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread watch;
    private volatile long since = System.nanoTime();

    /** Begins now. To be closed before the connection. */
    public static QueryTime limit(SQLiteConnection connection, Duration longest) {
        return new QueryTime(connection, longest);
    }

    private QueryTime(SQLiteConnection connection, Duration longest) {
        this.connection = connection;
        this.longest = longest;
        this.watch = Thread.ofPlatform().daemon().name("query-time").start(this::watch);
    }

    /** Something came of it: the time begins anew. */
    public void restart() {
        since = System.nanoTime();
    }

    /** Again and again, since an interruption between two queries has no effect. */
    private void watch() {
        try {
            long nanos = longest.toNanos();
            while (!ended.await(nanos, TimeUnit.NANOSECONDS)) {
                long left = longest.toNanos() - (System.nanoTime() - since);
                if (left <= 0) {
                    connection.getDatabase().interrupt();
                }
                nanos = Math.max(left, TimeUnit.MILLISECONDS.toNanos(MILLIS_BETWEEN_INTERRUPTIONS));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody knows the thread", e);
        } catch (SQLException e) {
            throw new IllegalStateException("the connection is closed after this", e);
        }
    }

    /** Waits until nothing can be interrupted any more. */
    @Override
    public void close() {
        ended.countDown();
        boolean interrupted = false;
        while (watch.isAlive()) {
            try {
                watch.join();
            } catch (InterruptedException e) {
                interrupted = true; // it ends at once, and must have before the connection is closed
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
