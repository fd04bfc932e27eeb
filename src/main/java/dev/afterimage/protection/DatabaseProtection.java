package dev.afterimage.protection;

import java.time.Duration;
import java.time.Instant;
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
 */
public record DatabaseProtection(
        String database,
        Protection protection,
        String reason,
        @Nullable Instant lastGoodAt,
        @Nullable Duration age,
        Duration maxAge,
        @Nullable Instant lastFullCheckAt,
        @Nullable Duration maxFullCheckAge) {

    DatabaseProtection judged(Protection worse, String why) {
        return new DatabaseProtection(database, worse, why, lastGoodAt, age, maxAge, lastFullCheckAt, maxFullCheckAge);
    }

    public boolean isProtected() {
        return protection == Protection.PROTECTED;
    }
}
