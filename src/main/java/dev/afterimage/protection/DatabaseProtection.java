package dev.afterimage.protection;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How well a database is protected at a moment, and why.
 *
 * @param database its name
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
        String reason,
        @Nullable Instant lastGoodAt,
        @Nullable Duration age,
        Duration maxAge,
        @Nullable Instant lastFullCheckAt,
        @Nullable Duration maxFullCheckAge,
        boolean requireCopy,
        List<InCopy> copies) {

    DatabaseProtection with(List<InCopy> inCopies) {
        return new DatabaseProtection(
                database,
                protection,
                reason,
                lastGoodAt,
                age,
                maxAge,
                lastFullCheckAt,
                maxFullCheckAge,
                requireCopy,
                inCopies);
    }

    DatabaseProtection judged(Protection worse, String why) {
        return new DatabaseProtection(
                database, worse, why, lastGoodAt, age, maxAge, lastFullCheckAt, maxFullCheckAge, requireCopy, copies);
    }

    public boolean isProtected() {
        return protection == Protection.PROTECTED;
    }
}
