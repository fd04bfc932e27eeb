package dev.afterimage.catalog.log;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * A stored segment of a log.
 *
 * @param firstAt when its first commit was taken
 * @param lastAt when its last commit was taken
 * @param pages that it has, each version of a page counted
 * @param pageSize of the database, in bytes
 * @param bytes of the object
 * @param schemaChanges commits that changed the schema
 */
public record LogSegment(
        UUID databaseId,
        UUID chain,
        long firstCommit,
        long lastCommit,
        Instant firstAt,
        Instant lastAt,
        long pages,
        int pageSize,
        long bytes,
        int schemaChanges) {

    /** In which it is told what was committed where a segment is longer. */
    public static final Duration PIECE = Duration.ofMinutes(1);

    /** Whether when it begins does not say well enough when its commits were taken. */
    public boolean isLong() {
        return Duration.between(firstAt, lastAt).compareTo(PIECE) >= 0;
    }

    public long commits() {
        return lastCommit - firstCommit + 1;
    }
}
