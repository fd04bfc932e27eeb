package dev.afterimage.sqlite.live;

import static dev.afterimage.sqlite.Connections.execute;

import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.format.JournalMode;
import java.sql.SQLException;

/**
 * The lock that keeps all others out, in both journal modes: who comes is told SQLITE_BUSY, and waits as for any lock. In WAL mode whoever is
 * connected holds SHARED, also while it does nothing: the lock is had only when nobody is, in this process neither.
 */
public final class ExclusiveLock implements AutoCloseable {

    private final SourceFile file;
    private final LiveConnection connection;

    /** Opened before, while the name leads to the file; connected last, so that {@link #connection} is not the last to leave. */
    private final LiveConnection staying;

    private boolean held;

    /**
     * Takes it.
     *
     * @param mode in which the database is
     * @throws SQLException as told by SQLite, when somebody else has a lock
     * @throws SourceException.Locked if somebody is connected in WAL mode: asking for the lock would keep newcomers out for nothing
     */
    static ExclusiveLock take(SourceFile file, JournalMode mode, Burst burst) throws SQLException {
        requireTakeable(file, mode);
        var lock = new ExclusiveLock(file, burst);
        try {
            lock.begin();
            return lock;
        } catch (SQLException | RuntimeException e) {
            try (lock) {
                throw e;
            }
        }
    }

    /**
     * Sees what can be seen without taking it of whether it could be taken, but for who has a lock just now. In WAL mode all that are connected
     * have one, for as long as they are.
     *
     * @throws SourceException.Locked if another process is connected in WAL mode
     */
    public static void requireTakeable(SourceFile file, JournalMode mode) {
        if (mode == JournalMode.WAL && isConnectedElsewhere(file)) {
            throw new SourceException.Locked(file.path(), Holders.others(file.path()), null);
        }
    }

    private static boolean isConnectedElsewhere(SourceFile file) {
        return HeldFile.find(file.path()).stream()
                .anyMatch(database -> PosixLock.all().stream()
                        .anyMatch(lock -> lock.inode() == database.inode()
                                && lock.covers(HeldFile.SHARED_FIRST)
                                && lock.pid() != ProcessHandle.current().pid()));
    }

    private ExclusiveLock(SourceFile file, Burst burst) throws SQLException {
        this.file = file;
        this.staying = LiveConnection.readOnly(file, burst);
        try {
            this.connection = LiveConnection.readWrite(file, burst);
        } catch (SQLException | RuntimeException e) {
            try (staying) {
                throw e;
            }
        }
    }

    /** Reads before it says how it locks: a WAL that was opened so would have its index in this process's memory, for good. */
    private void begin() throws SQLException {
        PinnedRead.readSchema(connection);
        execute(connection.sql(), "PRAGMA locking_mode = EXCLUSIVE");
        execute(connection.sql(), "BEGIN EXCLUSIVE");
        held = true;
        PinnedRead.readSchema(connection);
    }

    /** On which is read under the lock. */
    LiveConnection connection() {
        return connection;
    }

    /** Lets others read and commit. */
    void release() throws SQLException {
        execute(connection.sql(), "PRAGMA locking_mode = NORMAL");
        execute(connection.sql(), "ROLLBACK");
        held = false;
    }

    /**
     * Leaves without a checkpoint. The last of all to leave would make one, and delete what is called like the WAL: where none can be kept from being
     * the last, it does so as any application, but to a file that is at its place no more it stays connected for good.
     */
    @Override
    public void close() throws SQLException {
        try (staying) {
            try {
                if (held) {
                    release();
                }
            } finally {
                leave();
            }
        }
    }

    private void leave() throws SQLException {
        if (stays() || isInPlace()) {
            connection.close();
        } else {
            LiveFile.neverClose(connection);
        }
    }

    private boolean stays() {
        try {
            PinnedRead.readSchema(staying);
            return true;
        } catch (SQLException e) {
            return false; // as beside a lock that was asked for, and not had
        }
    }

    private boolean isInPlace() {
        try {
            file.requireUnreplaced();
            return true;
        } catch (SourceException e) {
            return false;
        }
    }
}
