package dev.afterimage.sqlite.follow;

import static dev.afterimage.sqlite.Connections.execute;

import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.live.LiveConnection;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceFile;
import java.sql.SQLException;
import java.time.Duration;

/** Keeps writers out for an instant, by the lock that one of them has at a time. It writes nothing. For one thread at a time. */
final class Gate implements AutoCloseable {

    /** One who never pauses lets go of the lock only between two commits. */
    private static final Duration PATIENCE = Duration.ofMillis(100);

    private final SourceFile file;
    private final LiveConnection connection;

    /** @throws dev.afterimage.sqlite.live.SourceException if the database cannot be written */
    static Gate open(SourceFile file) {
        try {
            return new Gate(file, LiveConnection.readWrite(file, new Burst(PATIENCE)));
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }

    private Gate(SourceFile file, LiveConnection connection) throws SQLException {
        this.file = file;
        this.connection = connection;
        try {
            execute(connection.sql(), "PRAGMA wal_autocheckpoint = 0");
        } catch (SQLException e) {
            try (connection) {
                throw e;
            }
        }
    }

    /** @return false if others have the lock, one after the other; nobody is kept out then */
    boolean shut() {
        try {
            execute(connection.sql(), "BEGIN IMMEDIATE");
            return true;
        } catch (SQLException e) {
            if (Refusal.obstacle(e) == Refusal.Obstacle.LOCK) {
                return false;
            }
            throw Refusal.ofSource(file.path(), e);
        }
    }

    void letIn() {
        try {
            execute(connection.sql(), "ROLLBACK");
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }

    /** Lets writers in, too. */
    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }
}
