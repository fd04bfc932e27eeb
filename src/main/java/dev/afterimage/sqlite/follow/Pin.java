package dev.afterimage.sqlite.follow;

import static dev.afterimage.sqlite.Connections.execute;
import static dev.afterimage.sqlite.Connections.number;

import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.live.LiveConnection;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceFile;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/** A read-only connection that pins the newest state again and again. For one thread at a time. */
final class Pin implements AutoCloseable {

    /** It is tried again soon, and another one holds what is needed. */
    private static final Duration NO_PATIENCE = Duration.ZERO;

    /** It needs one page, and not the schema. Prepared anew each time: the driver closes a statement that has met a lock. */
    private static final String COOKIE = "PRAGMA schema_version";

    private final SourceFile file;
    private final LiveConnection connection;
    private final PreparedStatement begin;
    private final PreparedStatement commit;
    private boolean isHeld;
    private int schemaCookie;

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
            makeSmall();
            begin = connection.sql().prepareStatement("BEGIN");
            commit = connection.sql().prepareStatement("COMMIT");
        } catch (SQLException e) {
            try (connection) {
                throw e;
            }
        }
    }

    /** A thousand databases may be followed: a connection for each turn of each holds neither a cache of pages nor the schema. */
    private void makeSmall() throws SQLException {
        execute(connection.sql(), "PRAGMA cache_size = 2");
        forgetSchema();
    }

    private void forgetSchema() throws SQLException {
        execute(connection.sql(), "PRAGMA writable_schema = RESET");
        execute(connection.sql(), "PRAGMA shrink_memory");
    }

    LiveConnection connection() {
        return connection;
    }

    /** Of the state that was pinned last. */
    int schemaCookie() {
        return schemaCookie;
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
                schemaCookie = (int) number(connection.sql(), COOKIE); // to read anything begins the transaction
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
