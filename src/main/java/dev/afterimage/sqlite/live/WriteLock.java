package dev.afterimage.sqlite.live;

import static dev.afterimage.sqlite.Connections.execute;

import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The lock of a writer, RESERVED or its like in WAL mode, held without writing: others can read, but not commit. The
 * connection can write, so it must not be the last of all processes to close: that one checkpoints the WAL and deletes it.
 */
public final class WriteLock implements AutoCloseable {

    private final SourceFile file;
    private final LiveConnection connection;
    private final long since = System.nanoTime();

    /**
     * Takes the lock, trying again and again while another writer has it.
     *
     * @throws SourceException.Locked when the patience is used up; SourceException.LockedOtherwise if locks do not keep all writers out
     * @throws SourceException.NotWritable if the file may only be read
     * @throws SourceException.Replaced if another file is in its place
     */
    public static WriteLock take(SourceFile file, Duration patience, PageProgress progress) {
        requireWritable(file);
        var attempts = new Attempts(patience, progress);
        try {
            attempts.requireInTime(() -> OtherLocks.requireNobody(file));
            return new WriteLock(file, attempts.make(burst -> begin(LiveConnection.readWrite(file, burst))));
        } catch (SQLException e) {
            file.requireUnreplaced(); // SQLite calls also what was moved away read-only
            throw Refusal.primaryCode(e) == Refusal.READONLY
                    ? new SourceException.NotWritable(file.path(), e)
                    : Refusal.ofSource(file.path(), e);
        }
    }

    /** Of a file that it may only read, SQLite would begin a mere read transaction, and not say so. */
    private static void requireWritable(SourceFile file) {
        if (!Files.isWritable(file.path())) {
            file.requireUnreplaced(); // nor can be written what is gone
            throw new SourceException.NotWritable(file.path(), null);
        }
    }

    private static LiveConnection begin(LiveConnection connection) throws SQLException {
        try {
            execute(connection.sql(), "BEGIN IMMEDIATE");
            return connection;
        } catch (SQLException e) {
            try (connection) {
                throw e;
            }
        }
    }

    private WriteLock(SourceFile file, LiveConnection connection) {
        this.file = file;
        this.connection = connection;
    }

    public LiveFile live() {
        return connection.live();
    }

    /** @return for how long nobody else could commit */
    public Duration release() {
        try {
            execute(connection.sql(), "ROLLBACK");
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
        return Duration.ofNanos(System.nanoTime() - since);
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }
}
