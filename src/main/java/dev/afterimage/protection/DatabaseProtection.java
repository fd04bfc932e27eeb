package dev.afterimage.protection;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How well a database is protected at a moment, and why.
 *
 * @param database its name
 * @param cause what is wrong first of all; null when it is PROTECTED
 * @param reason a sentence
 * @param lastGoodAt when the database was last known to be in the state of a good snapshot; null for never
 * @param age how long ago that was; null for never, and when the clock was wrong by which it was
 * @param maxAge how long ago it may be
 * @param lastFullCheckAt when the newest good snapshot, or the nearest that it was built on, passed a FULL check; null for never, or where
 *     that is not known
 * @param maxFullCheckAge how long ago that may be; null for any time
 * @param requireCopy whether a copy of the repository must have a good snapshot that is young enough
 * @param copies what the copies of the repository have of it, by their names
 */
public record DatabaseProtection(
        String database,
        Protection protection,
        @Nullable Cause cause,
        String reason,
        @Nullable Instant lastGoodAt,
        @Nullable Duration age,
        Duration maxAge,
        @Nullable Instant lastFullCheckAt,
        @Nullable Duration maxFullCheckAge,
        boolean requireCopy,
        List<InCopy> copies) {

    /** What keeps a database from being PROTECTED, first of all. */
    public enum Cause {
        /** There is no good snapshot. */
        NO_SNAPSHOT,
        /** The repository is away, or another service writes to it. */
        REPOSITORY,
        /** The last backup failed. */
        BACKUP_FAILED,
        /** Its path leads to another file by now. */
        DATABASE_MOVED,
        /** An application has other files open than those at its path. */
        APPLICATION_ELSEWHERE,
        /** It is to be followed, and not every commit is taken. */
        NOT_FOLLOWED,
        /** The newest snapshot is quarantined. */
        SNAPSHOT_QUARANTINED,
        /** The last drill failed. */
        DRILL_FAILED,
        /** Most of what it held was gone in a snapshot. */
        COLLAPSED,
        /** The newest good snapshot is of a time that is still to come. */
        CLOCK,
        /** The last good state is too old. */
        TOO_OLD,
        /** The last FULL check is too old. */
        FULL_CHECK_TOO_OLD,
        /** No copy of the repository has a good snapshot that is young enough. */
        COPY_TOO_OLD
    }

    DatabaseProtection with(List<InCopy> inCopies) {
        return new DatabaseProtection(
                database,
                protection,
                cause,
                reason,
                lastGoodAt,
                age,
                maxAge,
                lastFullCheckAt,
                maxFullCheckAge,
                requireCopy,
                inCopies);
    }

    DatabaseProtection judged(Protection worse, Cause because, String why) {
        return new DatabaseProtection(
                database,
                worse,
                because,
                why,
                lastGoodAt,
                age,
                maxAge,
                lastFullCheckAt,
                maxFullCheckAge,
                requireCopy,
                copies);
    }

    public boolean isProtected() {
        return protection == Protection.PROTECTED;
    }
}
