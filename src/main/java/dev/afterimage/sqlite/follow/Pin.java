package dev.afterimage.sqlite.follow;

import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.live.LiveConnection;
import dev.afterimage.sqlite.live.PinnedRead;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceFile;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/** A read-only connection that pins the newest state again and again. For one thread at a time. */
final class Pin implements AutoCloseable {

    /** It is tried again soon, and another one holds what is needed. */
    private static final Duration NO_PATIENCE = Duration.ZERO;

    private final SourceFile file;
    private final LiveConnection connection;
    private final PreparedStatement begin;
    private final PreparedStatement commit;
    private boolean isHeld;

    /** @throws dev.afterimage.sqlite.live.SourceException if the file cannot be read */
    static Pin open(SourceFile file) {
        try {
            return new Pin(file, LiveConnection.readOnly(file, new Burst(NO_PATIENCE)));
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }

    private Pin(SourceFile file, LiveConnection connection) throws SQLException {
        this.file = file;
        this.connection = connection;
        try {
            begin = connection.sql().prepareStatement("BEGIN");
            commit = connection.sql().prepareStatement("COMMIT");
        } catch (SQLException e) {
            try (connection) {
                throw e;
            }
        }
    }

    LiveConnection connection() {
        return connection;
    }

    boolean isHeld() {
        return isHeld;
    }

    /**
     * Pins the newest state.
     *
     * @return false if somebody is in the way just now: a checkpoint that waits for readers, or a recovery
     * @throws dev.afterimage.sqlite.live.SourceException if it cannot be pinned for another reason
     */
    boolean take() {
        try {
            begin.execute();
            try {
                PinnedRead.readSchema(connection);
                isHeld = true;
                return true;
            } catch (SQLException e) {
                commit.execute();
                throw e;
            }
        } catch (SQLException e) {
            if (Refusal.obstacle(e) == Refusal.Obstacle.LOCK) {
                return false;
            }
            throw Refusal.ofSource(file.path(), e);
        }
    }

    void release() {
        if (isHeld) {
            isHeld = false;
            try {
                commit.execute();
            } catch (SQLException e) {
                throw Refusal.ofSource(file.path(), e);
            }
        }
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
