package dev.afterimage.sqlite.replace;

import static dev.afterimage.sqlite.Connections.execute;

import dev.afterimage.sqlite.Backoff;
import dev.afterimage.sqlite.Connections;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.live.Confinement;
import dev.afterimage.sqlite.live.Refusal;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;
import org.sqlite.core.DB;

/**
 * One replacement of a live database's content: {@link #run} has the steps in their order, {@link State} what is on disk in each of
 * those in which SQLite copies.
 *
 * <pre>{@code
 *     ┌──────┐ busy: after a pause
 *     ▼      │  first stretch                  last but one stretch              last stretch
 *     Locking ──────────────────► Copying ──────────────────────────► Committing ────────────► the new content is there:
 *        │      and the old state    │                                    │                    read it back, checkpoint
 *        │      kept, if need be     │ cancelled, or the old state        │ refused                   │
 *        │ refused                   ▼ not kept                           ▼                           ▼
 *        ▼                        Stopping                       as it was, or else           done, or else
 *     as it was                      ▼                           TARGET_UNPROVEN              TARGET_UNPROVEN
 *                                 as it was
 * }</pre>
 */
final class Replacing {

    /** The phase in which the target is written. */
    private static final String PHASE = "REPLACING";

    /**
     * Less than any cache of SQLite holds (2,000 KiB unless told otherwise), so that after the first stretch no page has left the
     * cache: neither the database file nor the WAL has any of the new content.
     */
    private static final int BYTES_PER_STRETCH = 1 << 20;

    /** A commit waits until the disk has all of the WAL: so it gets the beginning while SQLite still adds to it. */
    private static final int STRETCHES_PER_WRITING = 32;

    /** SQLite's words for the code 0. */
    private static final String NO_ERROR = "not an error";

    /** How far SQLite has come with the copy. */
    private sealed interface State {

        /** It asks for the lock, then has the first stretch in its cache. The files of the target are as the last commit left them. */
        record Locking() implements State {}

        /**
         * It has the lock, and writes pages for which its cache has no room: to the WAL, where nobody looks for them, or to the file, once the
         * old ones are in the journal. Whatever ends the copy, the process's death too, the last commit is what the next reader finds.
         */
        record Copying() implements State {}

        /** It commits after the last stretch. Should that fail, the commit may be on disk all the same. */
        record Committing() implements State {}

        /**
         * Somebody has ended the copy, and the source is locked: as soon as SQLite wants to read on it rolls back, to the last commit.
         *
         * @param why what was thrown, of which nothing may pass through C code
         * @param isKept whether the old state is not lost, should the copy not stop
         * @param unlocked why the source could not be locked, so that the copy goes on to its end; null if it is locked
         */
        record Stopping(
                Throwable why, boolean isKept, @Nullable SQLException unlocked) implements State {

            RuntimeException thrown() {
                if (why instanceof Error error) {
                    throw error;
                }
                return (RuntimeException) why;
            }
        }
    }

    private final LiveTarget target;
    private final NewContent content;
    private final Confinement confined;
    private final WhenChanged whenChanged;
    private final PageProgress progress;
    private State state = new State.Locking();
    private int stretches;
    private long committedAt;

    /** @param confined by which the caller's thread is told of what happens */
    Replacing(
            LiveTarget target,
            NewContent content,
            Confinement confined,
            WhenChanged whenChanged,
            PageProgress progress) {
        this.target = target;
        this.content = content;
        this.confined = confined;
        this.whenChanged = whenChanged;
        this.progress = confined.outside(progress);
    }

    /** As {@link LiveReplace#run}, on a confined thread. */
    LiveReplace.Outcome run(Duration patience) {
        var lockHeld = commit(Backoff.betweenBursts(patience));
        target.pinAtOnce();
        target.sync(); // a power failure must not take what is told now
        confined.outside(whenChanged::replaced);
        target.requireUnreplaced();
        long pagesDiffering = new ReadBack(content).compareWith(target, progress);
        return new LiveReplace.Outcome(
                content.pageSize(), content.pageCount(), lockHeld, pagesDiffering, target.checkpoint());
    }

    private Duration commit(Backoff backoff) {
        var inPhase = progress.phase(PHASE, content.pageSize());
        while (true) {
            try (var brake = brake()) {
                state = new State.Locking();
                backoff.burst().on(target.connection());
                target.requireThatItCanTake(content);
                target.prepareCheckpoint(backoff.burst());
                long start = System.nanoTime();
                copy(brake, inPhase);
                return Duration.ofNanos(committedAt - start);
            } catch (SQLException e) {
                if (!Refusal.isBusy(Refusal.primaryCode(e)) || !backoff.pause(inPhase)) {
                    throw target.refusal(e);
                }
            }
        }
    }

    /**
     * The driver gives no way to stop a copy between two of its steps. But each step locks the file that it reads: once this second
     * connection has locked it, which writes nothing, the next step is refused. That is tried before anything is copied that it
     * would have to stop.
     */
    private SQLiteConnection brake() {
        try {
            var brake = Connections.readWrite(content.path().toRealPath());
            try {
                pull(brake);
                execute(brake, "ROLLBACK");
                return brake;
            } catch (SQLException e) {
                try (brake) {
                    throw e;
                }
            }
        } catch (SQLException e) {
            throw StagingProblem.unusable(content.path(), Refusal.words(e), e);
        } catch (IOException e) {
            throw StagingProblem.unusable(content.path(), String.valueOf(e.getMessage()), e);
        }
    }

    private static void pull(SQLiteConnection brake) throws SQLException {
        execute(brake, "BEGIN EXCLUSIVE");
    }

    /**
     * Copies all pages by SQLite, which returns when all are committed, or none.
     *
     * @throws SQLException in SQLite's words if the target does not take it, busy if it could not be locked
     */
    private void copy(SQLiteConnection brake, PageProgress inPhase) throws SQLException {
        var destination = target.connection().getDatabase();
        int sourceCode = destination.restore(
                "main",
                "file:" + content.path().toAbsolutePath().toUri().getRawPath(),
                (remaining, total) -> stretchDone(remaining, total, brake, inPhase),
                0,
                0,
                pagesPerStretch());
        var words = wordsOf(destination);
        if (sourceCode != 0 || !words.equals(NO_ERROR)) {
            throw nothingCommitted(sourceCode, words);
        }
        allCommitted();
    }

    private SQLException nothingCommitted(int sourceCode, String words) {
        return switch (state) {
            case State.Locking _, State.Copying _ -> refusal(sourceCode, words);
            case State.Committing _ -> {
                var refusal = refusal(sourceCode, words);
                target.requireAsBefore(refusal);
                yield refusal;
            }
            case State.Stopping stopping -> throw stopping.thrown();
        };
    }

    private void allCommitted() {
        switch (state) {
            case State.Locking _, State.Copying _, State.Committing _ -> {}
            case State.Stopping stopping -> {
                if (!stopping.isKept()) { // a cancellation comes too late, but this is a loss
                    throw new UnprovenException(
                            target.path(),
                            "its state before could not be kept, and the copy not be stopped",
                            stopping.unlocked());
                }
            }
        }
    }

    /** Between two stretches, and after the last. Nothing is thrown: it is called by C code. */
    private void stretchDone(int remaining, int total, SQLiteConnection brake, PageProgress inPhase) {
        try {
            if (remaining == 0) {
                committedAt = System.nanoTime();
                target.beginCheckpoint(); // before anybody is told, which takes time
            }
            switch (state) {
                case State.Locking _ -> {
                    target.changedSinceOpened().ifPresent(old -> confined.outside(() -> whenChanged.keep(old)));
                    goOn(remaining, total, inPhase);
                }
                case State.Copying _, State.Committing _ -> goOn(remaining, total, inPhase);
                case State.Stopping _ -> {} // nobody is told any more
            }
        } catch (RuntimeException | Error e) {
            if (remaining > 0) { // else it is committed, and a cancellation too late
                stop(e, brake);
            }
        }
    }

    private void goOn(int remaining, int total, PageProgress inPhase) {
        if (remaining <= pagesPerStretch()) {
            content.requireNothingLost();
        }
        state = remaining > pagesPerStretch() ? new State.Copying() : new State.Committing();
        if (++stretches % STRETCHES_PER_WRITING == 0) {
            target.beginWritingWal();
        }
        inPhase.pages((long) total - remaining, total);
    }

    private void stop(Throwable why, SQLiteConnection brake) {
        boolean isKept = !(state instanceof State.Locking);
        try {
            pull(brake);
            state = new State.Stopping(why, isKept, null);
        } catch (SQLException e) {
            state = new State.Stopping(why, isKept, e);
        }
    }

    /** At least two stretches, because the last one commits. */
    private int pagesPerStretch() {
        return Math.toIntExact(Math.clamp(content.pageCount() - 1, 1, BYTES_PER_STRETCH / content.pageSize()));
    }

    /** @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE if it was the source that could not be read */
    private SQLException refusal(int sourceCode, String words) {
        if (sourceCode != 0) {
            throw StagingProblem.unusable(content.path(), "SQLite's result code is " + sourceCode, null);
        }
        return DB.newSQLException(code(words), words);
    }

    /** Why the destination has refused: the driver tells that only as the words of an exception. */
    private static String wordsOf(DB destination) {
        try {
            destination.throwex(Refusal.ERROR);
            throw new IllegalStateException("the driver always throws here");
        } catch (SQLException e) {
            return Refusal.words(e);
        }
    }

    /**
     * The driver returns the code of the connection that it reads from, which is 0 when the destination refuses; that one's can
     * only be told from its words.
     *
     * @param words as <a href="https://www.sqlite.org/c3ref/errcode.html">sqlite3_errstr</a> has them
     */
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
}
