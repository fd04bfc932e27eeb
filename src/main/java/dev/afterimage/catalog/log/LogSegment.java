package dev.afterimage.catalog.log;

import java.time.Instant;
import java.util.UUID;

/**
 * A stored segment of a log.
 *
 * @param firstAt when its first commit was taken
 * @param lastAt when its last commit was taken
 * @param pages that it has, each version of a page counted
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
        long bytes,
        int schemaChanges) {

    public long commits() {
        return lastCommit - firstCommit + 1;
    }
}
