package dev.afterimage.api.snapshots;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotFilter;
import io.swagger.v3.oas.annotations.Parameter;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which snapshots a list has, and which part of it. */
record SnapshotQuery(
        @Parameter(description = "Only those whose latest check had this outcome")
        Snapshot.@Nullable Verification verification,

        @Parameter(description = "Only those of this group backup: its `groupId`") @Nullable
        UUID group,

        @Parameter(description = "Earliest creation, inclusive, such as 2026-01-01T00:00:00Z") @Nullable
        Instant from,

        @Parameter(description = "Latest creation, exclusive") @Nullable
        Instant to,

        @Parameter(description = "A label's `key`, or `key=value`") @Nullable
        String label) {

    SnapshotFilter filter(@Nullable String database) {
        return new SnapshotFilter(database, group, verification, from, to, label);
    }
}
