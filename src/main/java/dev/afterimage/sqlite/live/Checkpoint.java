package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.JournalMode;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;

/**
 * What came of <a href="https://www.sqlite.org/pragma.html#pragma_wal_checkpoint">PRAGMA wal_checkpoint</a> on a live database.
 *
 * @param busy whether readers or writers kept it from doing all that the mode asks for
 * @param walFrames pages in the WAL; 0 when there is none, also in rollback-journal mode
 * @param checkpointedFrames how many of them are in the database file now
 */
public record Checkpoint(JournalMode journalMode, boolean busy, long walFrames, long checkpointedFrames) {

    /** How far it goes. */
    public enum Mode {
        /** As far as it gets without waiting for anybody. */
        PASSIVE,
        /** All frames: waits for writers, who then wait for it, and for readers of older states. */
        FULL,
        /** As FULL, and waits until no reader needs the WAL, so that the next writer begins it anew. */
        RESTART,
        /** As RESTART, and the WAL's file becomes empty. */
        TRUNCATE
    }

    /**
     * Writes the WAL's pages to the database file, for those who ask for it; what is in the database stays the same. When nobody else has the database open, SQLite then deletes the WAL, as when an application closes it. A database in
     * rollback-journal mode is left as it is.
     *
     * @param wait how long to wait for readers and writers; they may have to wait for it meanwhile
     * @throws SourceException if the database cannot be read or written, or is locked by a process that lets nobody in
     */
    public static Checkpoint run(Path database, Mode mode, Duration wait) {
        return Attempts.evenIfReplaced(() -> {
            var file = SourceFile.find(database);
            // On a read-only connection first: a hot journal must not be rolled back on the way.
            return switch (DatabaseFacts.of(file).journalMode()) {
                case ROLLBACK -> new Checkpoint(JournalMode.ROLLBACK, false, 0, 0);
                case WAL -> checkpoint(file, mode, wait);
            };
        });
    }

    private static Checkpoint checkpoint(SourceFile file, Mode mode, Duration wait) {
        var attempts = new Attempts(wait, PageProgress.NONE);
        try {
            attempts.requireInTime(() -> OtherLocks.requireNobody(file));
            while (true) {
                var done = attempts.make(burst -> attempt(file, mode, burst));
                if (!done.busy || mode == Mode.PASSIVE || !attempts.pauseAtLock()) {
                    return done;
                }
            }
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }

    private static Checkpoint attempt(SourceFile file, Mode mode, Burst burst) throws SQLException {
        try (var connection = LiveConnection.readWrite(file, burst);
                var statement = connection.sql().createStatement();
                var row = statement.executeQuery("PRAGMA wal_checkpoint(" + mode + ")")) {
            row.next();
            // -1 for both when another checkpoint is running, or the database was taken out of WAL mode meanwhile
            return new Checkpoint(
                    JournalMode.WAL, row.getBoolean(1), Math.max(0, row.getLong(2)), Math.max(0, row.getLong(3)));
        }
    }
}
