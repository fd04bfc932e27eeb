package dev.afterimage.sqlite;

import java.sql.SQLException;
import java.time.Duration;
import org.sqlite.BusyHandler;
import org.sqlite.SQLiteConnection;

/**
 * How a connection to a live database waits for a lock: SQLite asks for it again and again, a tenth of a millisecond apart, for half
 * a second at most. Beside a writer that never pauses a database in rollback mode is unlocked only between two commits, for a fraction
 * of a millisecond: whoever comes now and then does not meet that for minutes. For locks that last, {@link Backoff} pauses between bursts.
 *
 * <p>SQLite holds no lock while it waits, with two exceptions, both meant: a writer of rollback mode that waits for readers keeps new
 * ones out, so that the old ones run out, and a checkpoint that waits for readers keeps writers out. So a burst is also how long
 * an application can be kept out by somebody who only waits: well below any busy timeout that is set.
 */
public final class Burst extends BusyHandler {

    private static final Duration PAUSE = Duration.ofNanos(100_000);
    private static final Duration LONGEST = Duration.ofMillis(500);

    private final Duration length;
    private long end;

    /** @param patience of whoever waits: with less than half a second the burst is shorter, with none a lock is asked for only once */
    public Burst(Duration patience) {
        this.length = patience.compareTo(LONGEST) < 0 ? patience : LONGEST;
    }

    /** From now on the connection waits so for each lock, instead of whatever it did before. */
    public void on(SQLiteConnection connection) throws SQLException {
        setHandler(connection, this);
    }

    /** Called by SQLite in C, which an exception would leave in an unknown state: an interrupt is kept for those who come after. */
    @Override
    protected int callback(int refusalsBefore) {
        long now = System.nanoTime();
        if (refusalsBefore == 0) {
            end = now + length.toNanos();
        }
        if (end - now <= 0) {
            return 0;
        }
        pause();
        return 1;
    }

    private static void pause() {
        boolean interrupted = Thread.interrupted();
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
