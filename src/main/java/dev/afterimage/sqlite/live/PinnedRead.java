package dev.afterimage.sqlite.live;

import static dev.afterimage.sqlite.Connections.execute;
import static dev.afterimage.sqlite.Connections.number;
import static dev.afterimage.sqlite.Connections.text;

import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.format.DatabaseHeader;
import dev.afterimage.sqlite.format.JournalMode;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;

/**
 * A read transaction on a live database: one committed state, held until {@link #release}. In rollback-journal mode it
 * holds SHARED, so that others can read but not commit. The connection is dedicated, read-only and closed by
 * {@link #close}.
 */
public final class PinnedRead implements AutoCloseable {

    private static final String HOT_JOURNAL =
            "A crashed writer had left a hot journal. It was rolled back, as any reader of the database would have"
                    + " done.";

    private final SourceFile file;
    private final LiveConnection connection;
    private final long since;
    private final List<String> notes;
    private final int pageSize;
    private final long pageCount;
    private final JournalMode journalMode;

    /** Under which it is read; null under that of a reader. */
    private final @Nullable ExclusiveLock lock;

    /**
     * Begins the transaction, again and again while the source is locked.
     *
     * @throws SourceException.Locked when the patience is used up
     * @throws SourceException.HotJournal when there is one, and the options do not allow to roll it back
     * @throws SourceException if the file cannot be read
     */
    public static PinnedRead begin(SourceFile file, CaptureOptions options, PageProgress progress) {
        return begin(file, options.patience(), options.hotJournals(), progress);
    }

    public static PinnedRead begin(SourceFile file, Duration patience, HotJournals journals, PageProgress progress) {
        var attempts = new Attempts(patience, progress);
        try {
            return readAsItIs(file, attempts);
        } catch (SourceException.HotJournal e) {
            if (journals == HotJournals.LEAVE) {
                throw e;
            }
            return readRolledBack(file, journals, attempts);
        }
    }

    /**
     * As {@link #begin}, but a hot journal is left for somebody else.
     *
     * @throws SourceException.HotJournal when there is one, and still is after a few looks
     */
    public static PinnedRead beginWithoutRollback(SourceFile file, Duration patience, PageProgress progress) {
        return begin(file, patience, HotJournals.LEAVE, progress);
    }

    /**
     * As {@link #begin}, and keeps all others from reading and committing until {@link #release}, by {@link ExclusiveLock}.
     *
     * @throws SourceException.Locked when the patience is used up; SourceException.LockedOtherwise if locks do not keep all others out
     * @throws SourceException METHOD_NOT_POSSIBLE if the file may only be read
     */
    public static PinnedRead beginAlone(SourceFile file, CaptureOptions options, PageProgress progress) {
        WriteLock.requireWritable(file);
        JournalMode mode;
        List<String> notes;
        try (var settled = begin(file, options, progress)) { // a hot journal is, as the options say
            mode = settled.journalMode();
            notes = settled.notes;
        }
        var attempts = new Attempts(options.patience(), progress);
        try {
            attempts.requireInTime(() -> OtherLocks.requireNobody(file));
            return attempts.make(burst -> alone(file, notes, ExclusiveLock.take(file, mode, burst)));
        } catch (SQLException e) {
            file.requireUnreplaced(); // SQLite calls also what was moved away read-only
            throw Refusal.primaryCode(e) == Refusal.READONLY
                    ? SourceException.notWritable(file.path(), e)
                    : Refusal.ofSource(file.path(), e);
        }
    }

    private static PinnedRead alone(SourceFile file, List<String> notes, ExclusiveLock lock) throws SQLException {
        try {
            lock.connection().opened().requireOnlyItsFiles();
        } catch (RuntimeException e) {
            try (lock) {
                throw e;
            }
        }
        return new PinnedRead(file, lock.connection(), notes, lock);
    }

    /**
     * Sees whether {@link #begin} may roll back a hot journal that is there, without doing it.
     *
     * @throws SourceException as {@link #begin} would, without patience
     */
    public static void requireRollbackAllowed(SourceFile file, HotJournals journals) {
        var live = LiveFile.enter(file);
        try {
            LiveConnection.requireCrashed(file, live, journals);
        } finally {
            live.leave();
        }
    }

    private static PinnedRead readAsItIs(SourceFile file, Attempts attempts) {
        try {
            return attempts.make(burst -> read(file, burst));
        } catch (SQLException e) {
            ApplicationFiles.requireOurWal(file, false); // without its WAL a database may also look damaged
            throw Refusal.isHotJournal(e)
                    ? new SourceException.HotJournal(file.path(), e)
                    : DamagedSource.refused(file, e);
        }
    }

    private static PinnedRead readRolledBack(SourceFile file, HotJournals journals, Attempts attempts) {
        try {
            return attempts.make(burst -> readRollingBack(file, journals, burst));
        } catch (SQLException e) {
            throw DamagedSource.refused(file, e);
        }
    }

    private static PinnedRead read(SourceFile file, Burst burst) throws SQLException {
        return new PinnedRead(file, pin(LiveConnection.readOnly(file, burst)), List.of(), null);
    }

    private static PinnedRead readRollingBack(SourceFile file, HotJournals journals, Burst burst) throws SQLException {
        // Pinned before the writable connection is closed, which is so never the last to leave: only the last one
        // checkpoints and deletes a WAL, and the rolled back file may turn out to be in WAL mode.
        var writable = pin(LiveConnection.rollingBack(file, journals, burst));
        try (writable) {
            return new PinnedRead(file, pin(LiveConnection.readOnly(file, burst)), List.of(HOT_JOURNAL), null);
        }
    }

    private static LiveConnection pin(LiveConnection connection) throws SQLException {
        try {
            execute(connection.sql(), "BEGIN");
            readSchema(connection);
            connection.opened().requireOnlyItsFiles(); // by now the WAL is open, too
            return connection;
        } catch (SQLException | SourceException e) {
            try (connection) {
                throw e;
            }
        }
    }

    /** One entry is enough to begin the transaction, and SQLite reads them all before. */
    public static void readSchema(LiveConnection connection) throws SQLException {
        try (var _ = QueryTime.limit(connection.sql(), QueryTime.OF_SCHEMA)) {
            execute(connection.sql(), "SELECT 1 FROM sqlite_schema LIMIT 1");
        }
    }

    private PinnedRead(SourceFile file, LiveConnection connection, List<String> notes, @Nullable ExclusiveLock lock)
            throws SQLException {
        this.file = file;
        this.connection = connection;
        this.since = System.nanoTime();
        this.notes = notes;
        this.lock = lock;
        try {
            pageSize = Math.toIntExact(number(connection.sql(), "PRAGMA page_size"));
            pageCount = number(connection.sql(), "PRAGMA page_count");
            journalMode = "wal".equals(text(connection.sql(), "PRAGMA journal_mode"))
                    ? JournalMode.WAL
                    : JournalMode.ROLLBACK;
            ApplicationFiles.requireOurWal(file, journalMode == JournalMode.WAL);
        } catch (SQLException | SourceException e) {
            if (lock != null) {
                try (lock) {
                    throw e;
                }
            }
            try (connection) {
                throw e;
            }
        }
    }

    public SourceFile file() {
        return file;
    }

    public LiveFile live() {
        return connection.live();
    }

    public SQLiteConnection connection() {
        return connection.sql();
    }

    public int pageSize() {
        return pageSize;
    }

    /** Pages of the pinned state; 0 for an empty file. */
    public long pageCount() {
        return pageCount;
    }

    public JournalMode journalMode() {
        return journalMode;
    }

    /**
     * Sees that pages may be made anew: in bytes that are reserved at their ends an extension keeps something of their content,
     * such as the checksum VFS does, and refuses pages that do not have it.
     *
     * @throws SourceException METHOD_NOT_POSSIBLE if there are such bytes
     */
    public void requireNoReservedBytes() {
        connection.live().header().ifPresent(this::requireNoReservedBytes);
    }

    /** The same of the header of the copy, which cannot be older than the state. */
    public void requireNoReservedBytes(DatabaseHeader header) {
        if (header.reservedBytes() > 0) {
            throw SourceException.reservedBytes(file.path(), header.reservedBytes());
        }
    }

    /**
     * How much the pinned state holds.
     *
     * @throws SourceException if its schema cannot be read
     */
    public Extent extent() {
        try {
            return Extent.of(connection.sql());
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }

    /** What the user should know, so far. */
    public List<String> notes() {
        return Stream.concat(notes.stream(), file.notesOnOwners().stream()).toList();
    }

    /**
     * Ends the transaction; the connection stays open.
     *
     * @return for how long nobody else could commit
     */
    public Duration release() {
        try {
            if (lock != null) {
                lock.release();
            } else {
                execute(connection.sql(), "COMMIT");
            }
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
        return journalMode == JournalMode.WAL && lock == null
                ? Duration.ZERO
                : Duration.ofNanos(System.nanoTime() - since);
    }

    @Override
    public void close() {
        try {
            if (lock != null) {
                lock.close();
            } else {
                connection.close();
            }
        } catch (SQLException e) {
            throw Refusal.ofSource(file.path(), e);
        }
    }
}
