package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.Connections;
import java.sql.SQLException;
import java.util.function.Consumer;
import org.sqlite.SQLiteConnection;

/**
 * A connection to a live database, counted as a user of its {@link LiveFile} from before it is opened until it is closed. This is the only
 * way to open one, and before it is opened it is looked at from outside: whether SQLite can read it without harm to what is there.
 */
public record LiveConnection(LiveFile live, SQLiteConnection sql, OpenedByName opened) implements AutoCloseable {

    @FunctionalInterface
    private interface Opening {
        SQLiteConnection open() throws SQLException;
    }

    /**
     * See {@link Connections#readOnly}.
     *
     * @param burst how it waits for locks
     * @throws SourceException.Incomplete if SQLite would delete what is left of the database
     * @throws SourceException.LockedOtherwise if it is locked by a directory beside it, which {@link Attempts} waits for
     */
    public static LiveConnection readOnly(SourceFile file, Burst burst) throws SQLException {
        return open(file, burst, live -> requireReadable(file), () -> Connections.readOnly(file.path()));
    }

    /** What {@link #readOnly} has seen to, for whoever reads again by the same connection. */
    public static void requireReadable(SourceFile file) {
        SourceSet.requireReadable(file);
        OtherLocks.requireNoDirectory(file);
    }

    /**
     * See {@link Connections#readWrite}. There must be no hot journal, nor one that looks hot because a writer is just writing.
     *
     * @param burst how it waits for locks
     * @throws SourceException.Locked if there is one, which {@link Attempts} waits for
     * @throws SourceException.LockedOtherwise if anything is beside it that may be a lock, which {@link Attempts} waits for
     */
    public static LiveConnection readWrite(SourceFile file, Burst burst) throws SQLException {
        return open(
                file,
                burst,
                live -> {
                    SourceSet.requireWritable(file);
                    OtherLocks.requireNothing(file);
                    if (RollbackJournal.beside(file).isPresent()) {
                        throw new SourceException.Locked(file.path(), Holders.of(file.path()), null);
                    }
                },
                () -> Connections.readWrite(file.path()));
    }

    /**
     * As {@link #readWrite}, where SQLite has said that somebody holds one of its usual locks: it touches no journal beside them. Only when
     * they die does it roll back.
     *
     * @throws SourceException.SuperJournal if that would open files that the journal names, which {@link Attempts} waits for
     */
    public static LiveConnection readWriteBesideWriter(SourceFile file, Burst burst) throws SQLException {
        return open(
                file,
                burst,
                live -> {
                    SourceSet.requireWritable(file);
                    OtherLocks.requireNothing(file);
                    SuperJournal.requireNone(file);
                },
                () -> Connections.readWrite(file.path()));
    }

    /**
     * As {@link #readWrite}, to roll back a hot journal.
     *
     * @throws SourceException.LockedOtherwise if somebody has the database open, which {@link Attempts} waits for
     * @throws SourceException.HotJournal if nobody can see whether somebody has
     * @throws SourceException.SuperJournal if rolling back would open files that the journal names, which {@link Attempts} waits for
     */
    static LiveConnection rollingBack(SourceFile file, HotJournals journals, Burst burst) throws SQLException {
        return open(
                file, burst, live -> requireCrashed(file, live, journals), () -> Connections.readWrite(file.path()));
    }

    /** What {@link #rollingBack} sees to. */
    static void requireCrashed(SourceFile file, LiveFile live, HotJournals journals) {
        requireReadable(file);
        SuperJournal.requireNone(file);
        OtherLocks.requireCrashed(file, live, journals);
        SuperJournal.requireNone(file); // once more, because looking at all processes takes time
    }

    private static LiveConnection open(SourceFile file, Burst burst, Consumer<LiveFile> look, Opening opening)
            throws SQLException {
        var live = LiveFile.enter(file);
        try {
            file.requireUnambiguous();
            look.accept(live);
            var opened = OpenedByName.after(file);
            var connection = new LiveConnection(live, opening.open(), opened);
            connection.makeReady(file, burst);
            return connection;
        } catch (SQLException | RuntimeException e) {
            live.leave();
            throw e;
        }
    }

    /**
     * Before it takes its first lock: on another file those locks would not be known to be there. And before it reads: opening took longer
     * than all that is left until then.
     */
    private void makeReady(SourceFile file, Burst burst) throws SQLException {
        try {
            file.requireUnreplaced();
            opened.requireOnlyItsFiles();
            requireReadable(file);
            burst.on(sql);
        } catch (SQLException | SourceException e) {
            try (sql) {
                throw e;
            }
        }
    }

    /** The second time it does nothing: another user would be counted less. */
    @Override
    public void close() throws SQLException {
        if (sql.isClosed()) {
            return;
        }
        try {
            sql.close();
        } finally {
            live.leave();
        }
    }
}
