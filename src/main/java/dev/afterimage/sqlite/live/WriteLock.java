package dev.afterimage.sqlite.live;

import static dev.afterimage.sqlite.Connections.execute;

import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * The lock of a writer, RESERVED or its like in WAL mode, held without writing: others can read, but not commit.
 */
public final class WriteLock implements AutoCloseable {

    /** It only stays connected: the last of all connections to close checkpoints the WAL and deletes it, if it can write. */
    private final PinnedRead reader;

    private final LiveConnection connection;
    private final long since = System.nanoTime();

    /**
     * Takes the lock, trying again and again while another writer has it. A hot journal is settled before, as the options say.
     *
     * @throws SourceException.Locked when the patience is used up; SourceException.LockedOtherwise if locks do not keep all writers out
     * @throws SourceException METHOD_NOT_POSSIBLE if the file may only be read
     * @throws SourceException.Replaced if another file is in its place
     */
    public static WriteLock take(SourceFile file, CaptureOptions options, PageProgress progress) {
        requireWritable(file);
        var reader = PinnedRead.begin(file, options, progress);
        try {
            reader.release();
            return new WriteLock(reader, locked(file, new Attempts(options.patience(), progress)));
        } catch (RuntimeException e) {
            try (reader) {
                throw e;
            }
        }
    }

    private static LiveConnection locked(SourceFile file, Attempts attempts) {
        try {
            attempts.requireInTime(() -> OtherLocks.requireNobody(file));
            return attempts.make(burst -> begin(LiveConnection.readWrite(file, burst)));
        } catch (SQLException e) {
            file.requireUnreplaced(); // SQLite calls also what was moved away read-only
            throw Refusal.primaryCode(e) == Refusal.READONLY
                    ? SourceException.notWritable(file.path(), e)
                    : Refusal.ofSource(file.path(), e);
        }
    }

    /**
     * Of a file that it may only read, SQLite would begin a mere read transaction, and not say so.
     *
     * @throws SourceException METHOD_NOT_POSSIBLE if this process may only read it
     */
    public static void requireWritable(SourceFile file) {
        if (!Files.isWritable(file.path())) {
            file.requireUnreplaced(); // nor can be written what is gone
            throw SourceException.notWritable(file.path(), null);
        }
    }

    /**
     * Sees what can be seen without taking it of whether it could be taken, but for who has it just now.
     *
     * @throws SourceException as {@link #take} would, without patience
     */
    public static void requireTakeable(SourceFile file) {
        requireWritable(file);
        OtherLocks.requireNobody(file);
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

    private WriteLock(PinnedRead reader, LiveConnection connection) {
        this.reader = reader;
        this.connection = connection;
    }

    /** What the user should know. */
    public List<String> notes() {
        return reader.notes();
    }

    /** @return for how long nobody else could commit */
    public Duration release() {
        try {
            execute(connection.sql(), "ROLLBACK");
        } catch (SQLException e) {
            throw Refusal.ofSource(reader.file().path(), e);
        }
        return Duration.ofNanos(System.nanoTime() - since);
    }

    @Override
    public void close() {
        try (reader) {
            connection.close();
        } catch (SQLException e) {
            throw Refusal.ofSource(reader.file().path(), e);
        }
    }
}
