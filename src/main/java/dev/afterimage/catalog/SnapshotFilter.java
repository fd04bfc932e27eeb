package dev.afterimage.catalog;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which snapshots a list has; null means any.
 *
 * @param database name of a registered or removed database
 * @param group id of a group backup
 * @param from earliest creation, inclusive
 * @param to latest creation, exclusive
 * @param label {@code key} or {@code key=value}
 */
public record SnapshotFilter(
        @Nullable String database,
        @Nullable UUID group,
        Snapshot.@Nullable Verification verification,
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable String label) {}
