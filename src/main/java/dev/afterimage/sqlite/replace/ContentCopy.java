package dev.afterimage.sqlite.replace;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.ProgressFromC;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.live.Refusal;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.sqlite.core.DB;

/** One attempt to write new content into a live database, which ends with its commit or without any change. */
final class ContentCopy {

    /**
     * Less than any cache of SQLite holds (2,000 KiB unless told otherwise), so that after the first step no page has left the
     * cache: neither the database file nor the WAL has any of the new content.
     */
    private static final int BYTES_PER_STEP = 1 << 20;

    /** SQLite's words for the code 0. */
    private static final String NO_ERROR = "not an error";

    private final NewContent content;
    private final Brake brake;
    private final Runnable whenLocked;
    private final ProgressFromC reports;
    private boolean mayGoOn;
    private boolean lastStepBegan;
    private @Nullable SQLException brakeFailure;
    private Duration lockHeld = Duration.ZERO;

    /** @param whenLocked called once, when nobody else can write the destination and nothing of it has changed; it may throw */
    ContentCopy(NewContent content, Brake brake, Runnable whenLocked, PageProgress progress) {
        this.content = content;
        this.brake = brake;
        this.whenLocked = whenLocked;
        this.reports = new ProgressFromC(progress, content.pageSize(), 0);
    }

    /**
     * Copies all pages. The destination is locked by the first step and committed by the last one.
     *
     * @param destination outside of a transaction
     * @throws SQLException in SQLite's words when nothing was committed, busy if it could not be locked
     * @throws UnprovenException if it was committed though {@code whenLocked} has thrown
     */
    void into(LiveTarget destination) throws SQLException {
        long start = System.nanoTime();
        int sourceCode = destination
                .connection()
                .getDatabase()
                .restore(
                        "main",
                        "file:" + content.path().toAbsolutePath().toUri().getRawPath(),
                        this::step,
                        0,
                        0,
                        pagesPerStep());
        lockHeld = Duration.ofNanos(System.nanoTime() - start);
        var words = wordsOf(destination.connection().getDatabase());
        if (words.equals(NO_ERROR) && sourceCode == 0) {
            requireThatItMayHaveGoneOn(destination);
            return; // committed: a cancellation that came with the last step is too late
        }
        reports.throwIfStopped();
        if (sourceCode != 0) {
            throw StagingProblem.unusable(content.path(), "SQLite's result code is " + sourceCode, brakeFailure);
        }
        throw DB.newSQLException(code(words), words);
    }

    /** At least two steps, because the last one commits. */
    private int pagesPerStep() {
        return Math.toIntExact(Math.clamp(content.pageCount() - 1, 1, BYTES_PER_STEP / content.pageSize()));
    }

    /** Called between two steps, and after the last. */
    private void step(int remaining, int total) {
        lastStepBegan = remaining <= pagesPerStep();
        if (!reports.report(() -> pagesDone(remaining, total), total) && remaining > 0 && brakeFailure == null) {
            try {
                brake.pull();
            } catch (SQLException e) {
                brakeFailure = e; // the copy goes on to its end
            }
        }
    }

    private long pagesDone(int remaining, int total) {
        if (!mayGoOn) {
            whenLocked.run();
            mayGoOn = true;
        }
        return (long) total - remaining;
    }

    private void requireThatItMayHaveGoneOn(LiveTarget destination) {
        if (!mayGoOn) {
            throw new UnprovenException(
                    destination.path(),
                    "its state before could not be kept, and the copy not be stopped",
                    brakeFailure);
        }
    }

    /**
     * The driver returns the code of the connection that it reads from, which is 0 when the destination refuses. That one's
     * stays in the destination, and can be asked for only as the words of an exception.
     */
    private static String wordsOf(DB destination) {
        try {
            destination.throwex(Refusal.ERROR);
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

    /** Whether SQLite has come to the step that commits. What fails before leaves the destination as it was. */
    boolean mayHaveCommitted() {
        return lastStepBegan;
    }

    /** From when the lock was asked for to the commit. */
    Duration lockHeld() {
        return lockHeld;
    }
}
