package dev.afterimage.protection;

import dev.afterimage.copies.CopyStates;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a copy of the repository has of a database.
 *
 * @param copy its name
 * @param state CURRENT when it has the newest good snapshot of the database, or there is none; AWAY and FAILING are about the copy as a whole
 * @param newestSnapshot the newest good one that it has; null for none
 * @param goodAt when the database was last known to be in its state; null for none
 * @param age how long ago that was; null for none, and when the clock was wrong by which it was
 */
public record InCopy(
        String copy,
        CopyStates.State state,
        @Nullable UUID newestSnapshot,
        @Nullable Instant goodAt,
        @Nullable Duration age) {}
