package dev.afterimage.sqlite;

import java.sql.SQLException;
import org.sqlite.SQLiteConnection;

/** A connection to a live database, counted as a user of its {@link LiveFile} from before it is opened until it is closed. */
record LiveConnection(LiveFile live, SQLiteConnection sql, OpenedByName opened) implements AutoCloseable {

    @FunctionalInterface
    private interface Opening {
        SQLiteConnection open() throws SQLException;
    }

    /**
     * See {@link Connections#readOnly}.
     *
     * @param burst how it waits for locks
     */
    static LiveConnection readOnly(SourceFile file, Burst burst) throws SQLException {
        return open(file, burst, () -> Connections.readOnly(file.path()));
    }

    /**
     * See {@link Connections#readWrite}.
     *
     * @param burst how it waits for locks
     * @throws SourceException.SuperJournal if rolling back would open files that the journal names, which {@link Attempts} waits for
     */
    static LiveConnection readWrite(SourceFile file, Burst burst) throws SQLException {
        return open(file, burst, () -> {
            SuperJournal.requireNone(file);
            return Connections.readWrite(file.path());
        });
    }

    private static LiveConnection open(SourceFile file, Burst burst, Opening opening) throws SQLException {
        var live = LiveFile.enter(file);
        try {
            file.requireUnambiguous();
            var opened = OpenedByName.after(file);
            var connection = new LiveConnection(live, opening.open(), opened);
            connection.makeReady(file, burst);
            return connection;
        } catch (SQLException | RuntimeException e) {
            live.leave();
            throw e;
        }
    }

    /** Before it takes its first lock: on another file those locks would not be known to be there. */
    private void makeReady(SourceFile file, Burst burst) throws SQLException {
        try {
            file.requireUnreplaced();
            opened.requireOnlyItsFiles();
            burst.on(sql);
        } catch (SQLException | SourceException e) {
            try (sql) {
                throw e;
            }
        }
    }

    @Override
    public void close() throws SQLException {
        try {
            sql.close();
        } finally {
            live.leave();
        }
    }
}
