package dev.afterimage.sqlite.replace;

import static dev.afterimage.sqlite.Connections.execute;
import static dev.afterimage.sqlite.Connections.number;

import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.live.LiveConnection;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes a WAL back on a thread and a connection of its own, as soon as it is {@linkplain #begin begun}. SQLite lets one connection at a time
 * do that, and has nobody wait for it: so an application that commits meanwhile, and would have written all of the WAL back itself, does not.
 */
final class CheckpointAtOnce implements AutoCloseable {

    private final SourceFile file;
    private final LiveConnection connection;
    private @Nullable Thread thread;

    /**
     * Opens the connection, and has SQLite read all that it wants to know before a checkpoint, so that later it takes no time.
     *
     * @return empty if it cannot, in which case the WAL is written back later; closed by the caller
     */
    static Optional<CheckpointAtOnce> of(SourceFile file, Burst burst) {
        try {
            var connection = LiveConnection.readWrite(file, burst);
            try {
                number(connection.sql(), "SELECT count(*) FROM sqlite_schema");
                return Optional.of(new CheckpointAtOnce(file, connection));
            } catch (SQLException | RuntimeException e) {
                try (connection) {
                    throw e;
                }
            }
        } catch (SQLException | SourceException e) {
            return Optional.empty();
        }
    }

    private CheckpointAtOnce(SourceFile file, LiveConnection connection) {
        this.file = file;
        this.connection = connection;
    }

    /** Returns at once. The thread is as confined as the one that calls this. */
    void begin() {
        thread = Thread.ofPlatform()
                .name(Thread.currentThread().getName() + "-checkpoint")
                .start(this::run);
    }

    private void run() {
        try {
            execute(connection.sql(), "PRAGMA wal_checkpoint(PASSIVE)");
        } catch (SQLException e) {
            // It is tried again when the content has been read back, and then told.
        }
    }

    /** Waits until it is done, if it was begun. Not interrupted: a connection is not closed while it is used. */
    void await() {
        if (thread == null) {
            return;
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        await();
        try {
            connection.close();
        } catch (SQLException e) {
            throw LiveTargetProblem.unwritable(file.path(), Refusal.words(e), e);
        }
    }
}
