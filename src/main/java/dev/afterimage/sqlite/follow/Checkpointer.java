package dev.afterimage.sqlite.follow;

import static dev.afterimage.sqlite.Connections.execute;

import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.live.LiveConnection;
import dev.afterimage.sqlite.live.Refusal;
import dev.afterimage.sqlite.live.SourceFile;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/** A connection that only checkpoints, and waits for nobody. For one thread at a time. */
final class Checkpointer implements AutoCloseable {

    private static final int BUSY = 1;
    private static final int FRAMES = 2;
    private static final int WRITTEN = 3;

    private final SourceFile file;
    private final LiveConnection connection;
    private final PreparedStatement checkpoint;

    /** @throws dev.afterimage.sqlite.live.SourceException if the database cannot be written */
    static Checkpointer open(SourceFile file) {
        try {
            return new Checkpointer(file, LiveConnection.readWrite(file, new Burst(Duration.ZERO)));
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }

    private Checkpointer(SourceFile file, LiveConnection connection) throws SQLException {
        this.file = file;
        this.connection = connection;
        try {
            execute(connection.sql(), "PRAGMA wal_autocheckpoint = 0");
            execute(connection.sql(), "PRAGMA synchronous = FULL"); // whatever the application makes do with
            execute(connection.sql(), "PRAGMA checkpoint_fullfsync = ON");
            checkpoint = connection.sql().prepareStatement("PRAGMA wal_checkpoint(PASSIVE)");
        } catch (SQLException e) {
            try (connection) {
                throw e;
            }
        }
    }

    /** @return whether all frames of the WAL are in the database file */
    boolean run() {
        try (var row = checkpoint.executeQuery()) {
            row.next();
            return row.getInt(BUSY) == 0 && row.getLong(FRAMES) == row.getLong(WRITTEN);
        } catch (SQLException e) {
            if (Refusal.obstacle(e) == Refusal.Obstacle.LOCK) {
                return false;
            }
            throw Refusal.ofSource(file.path(), e);
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
