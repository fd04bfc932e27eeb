package dev.afterimage.catalog.snapshots;

import java.time.Instant;
import java.util.UUID;

/**
 * A snapshot from which a log can be replayed.
 *
 * @param chain part of the log
 * @param from all commits up to it are in the snapshot
 * @param to no commit after it is: what is replayed up to an earlier one is no state that there ever was
 * @param at when that was taken
 */
public record LogAnchor(UUID snapshotId, UUID chain, long from, long to, Instant at) {}
