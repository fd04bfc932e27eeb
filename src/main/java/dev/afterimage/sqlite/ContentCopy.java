package dev.afterimage.sqlite;

import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;
import org.sqlite.core.DB;

/** One attempt to write new content into a live database, which ends with its commit or without any change. */
final class ContentCopy {

    private static final int BYTES_PER_STEP = 4 << 20;

    /** SQLite's words for the code 0. */
    private static final String NO_ERROR = "not an error";

    private final NewContent content;
    private final Brake brake;
    private final ProgressFromC reports;
    private @Nullable SQLException brakeFailure;
    private Duration lockHeld = Duration.ZERO;

    ContentCopy(NewContent content, Brake brake, PageProgress progress) {
        this.content = content;
        this.brake = brake;
        this.reports = new ProgressFromC(progress, content.pageSize(), 0);
    }

    /**
     * Copies all pages. The destination is locked by the first step and committed by the last one.
     *
     * @param destination outside of a transaction
     * @throws SQLException in SQLite's words when nothing was committed, busy if it could not be locked
     */
    void into(SQLiteConnection destination) throws SQLException {
        long start = System.nanoTime();
        int sourceCode = destination
                .getDatabase()
                .restore(
                        "main",
                        "file:" + content.path().toAbsolutePath().toUri().getRawPath(),
                        this::step,
                        0,
                        0,
                        Math.max(1, BYTES_PER_STEP / content.pageSize()));
        lockHeld = Duration.ofNanos(System.nanoTime() - start);
        var words = wordsOf(destination);
        if (words.equals(NO_ERROR) && sourceCode == 0) {
            return; // committed: a cancellation that came with the last step is too late
        }
        reports.throwIfStopped();
        if (sourceCode != 0) {
            throw new StagingException.Unusable(content.path(), "SQLite's result code is " + sourceCode, brakeFailure);
        }
        throw DB.newSQLException(code(words), words);
    }

    /** Called between two steps, and after the last. */
    private void step(int remaining, int total) {
        if (!reports.report(() -> (long) total - remaining, total) && remaining > 0 && brakeFailure == null) {
            try {
                brake.pull();
            } catch (SQLException e) {
                brakeFailure = e; // the copy goes on to its end
            }
        }
    }

    /**
     * The driver returns the code of the connection that it reads from, which is 0 when the destination refuses. That one's
     * stays in the destination, and can be asked for only as the words of an exception.
     */
    private static String wordsOf(SQLiteConnection destination) {
        try {
            destination.getDatabase().throwex(Refusal.ERROR);
            throw new IllegalStateException("the driver always throws here");
        } catch (SQLException e) {
            return Refusal.words(e);
        }
    }

    /** As <a href="https://www.sqlite.org/c3ref/errcode.html">sqlite3_errstr</a> has them. */
    private static int code(String words) {
        return switch (words) {
            case "database is locked", "database table is locked", "locking protocol" -> Refusal.BUSY;
            case "database or disk is full" -> Refusal.FULL;
            case "attempt to write a readonly database" -> Refusal.READONLY;
            case "file is not a database" -> Refusal.NOTADB;
            case "database disk image is malformed" -> Refusal.CORRUPT;
            case "unable to open database file" -> Refusal.CANTOPEN;
            case "disk I/O error" -> Refusal.IOERR;
            default -> Refusal.ERROR;
        };
    }

    /** From when the lock was asked for to the commit. */
    Duration lockHeld() {
        return lockHeld;
    }
}
