package dev.afterimage.retention;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a prune is to do.
 *
 * @param databaseId whose snapshots; null for those of all databases
 * @param sweep whether to look also for layers that no snapshot names, which reads all manifests
 * @param dryRun whether to change nothing and tell what would be done
 * @param grace for how long nobody must have needed a layer that goes, zero or more; null for as long as it is configured
 */
public record PruneOrder(
        @Nullable UUID databaseId,
        boolean sweep,
        boolean dryRun,
        @Nullable Duration grace) {

    public static PruneOrder ofDatabase(UUID databaseId, boolean dryRun, @Nullable Duration grace) {
        return new PruneOrder(databaseId, true, dryRun, grace);
    }

    public static PruneOrder ofAll(boolean dryRun, @Nullable Duration grace) {
        return new PruneOrder(null, true, dryRun, grace);
    }

    /** Of all databases, and no more than what has to be done. */
    public static PruneOrder ofAllThatIsDue() {
        return new PruneOrder(null, false, false, null);
    }
}
