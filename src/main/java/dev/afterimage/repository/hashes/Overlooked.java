package dev.afterimage.repository.hashes;

import java.time.Instant;

/**
 * That pages have changed which had the same hashes in the cache as before, as digesting all of them has shown.
 *
 * @param pages how many
 * @param since when all were digested the time before: snapshots from then on may lack what has changed in them
 */
public record Overlooked(long pages, Instant since) {}
