package dev.afterimage.catalog.log;

import java.time.Instant;

/**
 * What was committed in a while.
 *
 * @param from when it begins
 * @param pages that were written, each version of a page counted
 * @param bytes that the repository has of it
 * @param schemaChanges commits that changed the schema
 */
public record LogActivity(Instant from, long commits, long pages, long bytes, long schemaChanges) {}
