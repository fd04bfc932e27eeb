package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.databases.VisibleDatabases;
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
 * @param visible the databases that exist for the one who asks
 */
public record SnapshotFilter(
        @Nullable String database,
        @Nullable UUID group,
        Snapshot.@Nullable Verification verification,
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable String label,
        VisibleDatabases visible) {

    public SnapshotFilter(
            @Nullable String database,
            @Nullable UUID group,
            Snapshot.@Nullable Verification verification,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable String label) {
        this(database, group, verification, from, to, label, VisibleDatabases.ALL);
    }

    /** The same, of those databases only. */
    public SnapshotFilter within(VisibleDatabases visible) {
        return new SnapshotFilter(database, group, verification, from, to, label, visible);
    }
}
