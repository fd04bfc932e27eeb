package dev.afterimage.sqlite.live;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.QueryTime;
import dev.afterimage.sqlite.StagingProblem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** What SQLite's <a href="https://www.sqlite.org/rescode.html">result codes</a> mean to us. */
public final class Refusal {

    public static final int ERROR = SQLiteErrorCode.SQLITE_ERROR.code;
    private static final int TOOBIG = SQLiteErrorCode.SQLITE_TOOBIG.code;
    static final int INTERRUPT = SQLiteErrorCode.SQLITE_INTERRUPT.code;
    public static final int FULL = SQLiteErrorCode.SQLITE_FULL.code;
    public static final int CANTOPEN = SQLiteErrorCode.SQLITE_CANTOPEN.code;
    public static final int READONLY = SQLiteErrorCode.SQLITE_READONLY.code;
    public static final int IOERR = SQLiteErrorCode.SQLITE_IOERR.code;
    public static final int CORRUPT = SQLiteErrorCode.SQLITE_CORRUPT.code;
    public static final int NOTADB = SQLiteErrorCode.SQLITE_NOTADB.code;

    public static final int BUSY = SQLiteErrorCode.SQLITE_BUSY.code;
    private static final int LOCKED = SQLiteErrorCode.SQLITE_LOCKED.code;
    private static final int PROTOCOL = SQLiteErrorCode.SQLITE_PROTOCOL.code;

    private static final int PRIMARY = 0xff;

    private static final String WAY_OUT_OF_READ_ONLY = "SQLite needs to write beside this database in order to read it:"
            + " a WAL database needs its -shm file, and the journal of a crashed writer must be rolled back."
            + " Make the file and its directory writable for the user that the service runs as,"
            + " or keep the database open in its application (which makes the -shm),"
            + " or set PRAGMA journal_mode=DELETE before it goes to a read-only place.";

    /** Until when it is worth trying again what SQLite has refused. */
    public enum Obstacle {
        /** Others have the database locked, which they will not for ever. */
        LOCK,
        /**
         * What lies beside the database could not be read or made. It may only be coming or going, or just be written where we may
         * not write it; or nobody lets us, for good.
         */
        COMPANION,
        /**
         * It looks as if a writer had crashed. So it does for a moment when one that lives deletes the journal of a transaction
         * that it has rolled back: a journal that was there and cannot be opened is a hot one to SQLite
         * (<a href="https://www.sqlite.org/src/file/src/pager.c">pager.c</a>, hasHotJournal).
         */
        HOT_JOURNAL,
        /** It will stay as it is. */
        LASTING
    }

    public static Obstacle obstacle(SQLException e) {
        if (isBusy(primaryCode(e))) {
            return Obstacle.LOCK;
        }
        return switch (e instanceof SQLiteException sqlite ? sqlite.getResultCode() : SQLiteErrorCode.SQLITE_ERROR) {
            case SQLITE_READONLY_RECOVERY,
                    SQLITE_READONLY_CANTINIT,
                    SQLITE_READONLY_CANTLOCK,
                    SQLITE_READONLY_DIRECTORY,
                    SQLITE_CANTOPEN,
                    SQLITE_IOERR_SHORT_READ -> Obstacle.COMPANION;
            case SQLITE_READONLY_ROLLBACK -> Obstacle.HOT_JOURNAL;
            default -> Obstacle.LASTING;
        };
    }

    /** Its code without what extends it. */
    public static int primaryCode(SQLException e) {
        return e instanceof SQLiteException sqlite ? sqlite.getResultCode().code & PRIMARY : ERROR;
    }

    /** Whether another process is in the way, for now. */
    public static boolean isBusy(int primaryCode) {
        return primaryCode == BUSY || primaryCode == LOCKED || primaryCode == PROTOCOL;
    }

    /** Whether the file is not what it should be. */
    public static boolean isDamage(SQLException e) {
        int code = primaryCode(e);
        return code == CORRUPT || code == NOTADB;
    }

    /** Whether the file itself is the reason, and not what it is read from: the disk, the memory. */
    public static boolean isAboutContent(SQLException e) {
        int code = primaryCode(e);
        return isDamage(e) || code == ERROR || code == TOOBIG;
    }

    /** Whether {@link QueryTime} ended it, or a progress handler. */
    public static boolean isInterrupted(SQLException e) {
        return primaryCode(e) == INTERRUPT;
    }

    /** Whether a crashed writer's journal has to be rolled back first, which a read-only connection may not do. */
    public static boolean isHotJournal(SQLException e) {
        return obstacle(e) == Obstacle.HOT_JOURNAL;
    }

    /** What SQLite itself said, without what the driver puts around it: {@code [CODE] general text (own words)}. */
    public static String words(SQLException e) {
        var message = String.valueOf(e.getMessage());
        int open = message.indexOf('(');
        return open >= 0 && message.endsWith(")") ? message.substring(open + 1, message.length() - 1) : message;
    }

    /** What users are told when reading a file that is ours fails: its content is the reason, or the disk that it lies on. */
    public static ProblemException ofOurs(Path file, SQLException e) {
        if (isInterrupted(e)) {
            return ofContent(QueryTime.TOO_LONG, e);
        }
        return isAboutContent(e) ? ofContent(words(e), e) : StagingProblem.unusable(file, words(e), e);
    }

    /**
     * SQLite cannot read what is in a file that is ours: it was damaged, or manipulated, before it was captured, or needs what
     * only its application has.
     */
    public static ProblemException ofContent(String why, @Nullable Throwable cause) {
        return new ProblemException(
                Problem.of(ProblemCode.CONTENT_UNREADABLE, "SQLite cannot read the content: " + why), cause);
    }

    /** What users are told when reading the source fails. */
    public static SourceException ofSource(Path path, SQLException e) {
        return ofSource(path, primaryCode(e), words(e), e);
    }

    /** The same where the driver returns a code instead of throwing. */
    public static SourceException ofSource(Path path, int primaryCode) {
        return ofSource(path, primaryCode, "SQLite's result code is " + primaryCode, null);
    }

    private static SourceException ofSource(Path path, int primaryCode, String why, @Nullable SQLException cause) {
        if (isBusy(primaryCode)) {
            return new SourceException.Locked(path, Holders.of(path), cause);
        }
        if (primaryCode == INTERRUPT) {
            return new SourceException.Corrupt(path, QueryTime.TOO_LONG, cause);
        }
        if (primaryCode == CORRUPT) {
            return new SourceException.Corrupt(path, why, cause);
        }
        if (primaryCode == NOTADB) {
            return new SourceException.NotADatabase(path, "it has another format", cause);
        }
        if (cause instanceof SQLiteException sqlite
                && sqlite.getResultCode() == SQLiteErrorCode.SQLITE_CANTOPEN_SYMLINK) {
            return new SourceException.Replaced(path);
        }
        if (primaryCode == READONLY || (primaryCode == CANTOPEN && Files.isReadable(path))) {
            return SourceException.unreadable(path, why, WAY_OUT_OF_READ_ONLY, cause);
        }
        return SourceException.unreadable(path, why, cause);
    }

    private Refusal() {}
}
