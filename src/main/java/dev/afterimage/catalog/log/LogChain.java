package dev.afterimage.catalog.log;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A part of a log without a gap.
 *
 * @param firstCommit the number that its first commit has, or would have
 * @param continuity how it goes on from the chain before
 * @param window how far back moments of it can be restored
 * @param begunAt from when on commits were taken
 * @param seenUntil until when it is known that nothing else was committed
 * @param comparedAt when what it makes of a snapshot was last compared with what was read of the database; null for never
 * @param differingPages that were others then, in all comparisons
 */
public record LogChain(
        UUID id,
        UUID databaseId,
        long firstCommit,
        Continuity continuity,
        Duration window,
        Instant begunAt,
        Instant seenUntil,
        @Nullable Instant comparedAt,
        long differingPages) {

    /** How a chain goes on from the one before. */
    public enum Continuity {
        /** There is none, or what came before it is no matter of this database. */
        BEGUN,
        /** Commits between the two are missing. */
        GAP,
        /** Commits at the end of the one before are not in the database any more. */
        FORK
    }
}
