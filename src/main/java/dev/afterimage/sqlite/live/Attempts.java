package dev.afterimage.sqlite.live;

import dev.afterimage.sqlite.Backoff;
import dev.afterimage.sqlite.Burst;
import dev.afterimage.sqlite.PageProgress;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;

/**
 * Tries again what applications rightly keep from succeeding: they hold locks, make and delete what lies beside their database, and
 * put another file in its place. How long depends on what {@link Refusal#obstacle} takes it for.
 */
public final class Attempts {

    @FunctionalInterface
    public interface Attempt<T> {

        /**
         * Leaves nothing open when it throws.
         *
         * @param burst for the connections with which it asks for locks
         */
        T make(Burst burst) throws SQLException;
    }

    /** More than enough where an application lives, and no long wait where nothing will ever change. */
    private static final Duration LONGEST_DOUBT = Duration.ofSeconds(2);

    private final PageProgress progress;
    private final Backoff untilUnlocked;
    private final Backoff untilSettled;
    private final Backoff untilCompanionsAreThere;
    private final Backoff untilJournalIsGone;

    /**
     * @param patience how long a lock is waited for. What only seems to last is tried a few times even if it is zero.
     * @param progress can cancel, between attempts
     */
    public Attempts(Duration patience, PageProgress progress) {
        var doubt = patience.compareTo(LONGEST_DOUBT) < 0 ? patience : LONGEST_DOUBT;
        this.progress = progress;
        this.untilUnlocked = Backoff.betweenBursts(patience);
        this.untilSettled = Backoff.ofAFewAtLeast(patience);
        this.untilCompanionsAreThere = Backoff.ofAFewAtLeast(doubt);
        this.untilJournalIsGone = Backoff.ofAFew();
    }

    /**
     * Makes the attempt until it succeeds.
     *
     * @throws SQLException of the last attempt
     * @throws SourceException.SuperJournal of the last attempt, if no process is writing the database
     * @throws SourceException.Locked if one is, in a transaction over several databases; or of the last attempt
     * @throws SourceException.LockedOtherwise of the last attempt
     * @throws CancellationException as thrown by {@code progress}
     */
    public <T> T make(Attempt<T> attempt) throws SQLException {
        while (true) {
            try {
                return attempt.make(untilUnlocked.burst());
            } catch (SQLException e) {
                if (!pause(Refusal.obstacle(e))) {
                    throw e;
                }
            } catch (SourceException.SuperJournal e) {
                if (!untilSettled.pause(progress)) {
                    throw unsettled(e);
                }
            } catch (SourceException.Locked | SourceException.LockedOtherwise e) {
                if (!untilSettled.pause(progress)) {
                    throw e;
                }
            }
        }
    }

    /**
     * Pauses for what SQLite tells otherwise than by refusing it.
     *
     * @return false, at once, when the patience is used up
     */
    boolean pauseAtLock() {
        return untilUnlocked.pause(progress);
    }

    /** The same of what only looks. */
    public void requireInTime(Runnable look) throws SQLException {
        make(_ -> {
            look.run();
            return look;
        });
    }

    private boolean pause(Refusal.Obstacle obstacle) {
        return switch (obstacle) {
            case LOCK -> pauseAtLock();
            case COMPANION -> untilCompanionsAreThere.pause(progress);
            case HOT_JOURNAL -> untilJournalIsGone.pause(progress);
            case LASTING -> false;
        };
    }

    /** Who has died holds no lock. */
    private static SourceException unsettled(SourceException.SuperJournal e) {
        var writers = Holders.of(e.path()).stream().filter(Holder::isWriting).toList();
        return writers.isEmpty() ? e : new SourceException.Locked(e.path(), writers, e);
    }

    /**
     * Looks at a file once more, a few times at most, when another one was put in its place meanwhile.
     *
     * @param look finds the file each time, and does only what can be repeated
     * @throws SourceException.Replaced of the last look
     */
    public static <T> T evenIfReplaced(Supplier<T> look) {
        var backoff = Backoff.ofAFew();
        while (true) {
            try {
                return look.get();
            } catch (SourceException.Replaced e) {
                if (!backoff.pause(PageProgress.NONE)) {
                    throw e;
                }
            }
        }
    }
}
