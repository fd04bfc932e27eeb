package dev.afterimage.sqlite;

import static dev.afterimage.sqlite.Connections.execute;

import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The lock of a writer, RESERVED or its like in WAL mode, held without writing: others can read, but not commit. The
 * connection can write, so it must not be the last of all processes to close: that one checkpoints the WAL and deletes it.
 */
final class WriteLock implements AutoCloseable {

    private final SourceFile file;
    private final LiveConnection connection;
    private final long since = System.nanoTime();

    /**
     * Takes the lock, trying again and again while another writer has it.
     *
     * @throws SourceException.Locked when the patience is used up
     * @throws SourceException.NotWritable if the file may only be read
     */
    static WriteLock take(SourceFile file, Duration patience, PageProgress progress) {
        // Of a file that it may only read, SQLite would begin a mere read transaction, and not say so.
        if (!Files.isWritable(file.path())) {
            throw new SourceException.NotWritable(file.path(), null);
        }
        var backoff = new Backoff(patience);
        while (true) {
            try {
                return new WriteLock(file, begin(LiveConnection.readWrite(file)));
            } catch (SQLException e) {
                int code = Refusal.primaryCode(e);
                if (code == Refusal.READONLY) {
                    throw new SourceException.NotWritable(file.path(), e);
                }
                if (!Refusal.isBusy(code) || !backoff.pause(progress)) {
                    throw Refusal.ofSource(file.path(), e);
                }
            }
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

    LiveFile live() {
        return connection.live();
    }

    /** @return for how long nobody else could commit */
    Duration release() {
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
