package dev.afterimage.retention;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a prune is to do.
 *
 * @param databaseId whose snapshots; null for those of all databases
 * @param sweep whether to look also for layers that no snapshot names, which reads all manifests
 * @param dryRun whether to change nothing and tell what would be done
 */
public record PruneOrder(@Nullable UUID databaseId, boolean sweep, boolean dryRun) {

    public static PruneOrder ofDatabase(UUID databaseId, boolean dryRun) {
        return new PruneOrder(databaseId, true, dryRun);
    }

    public static PruneOrder ofAll(boolean dryRun) {
        return new PruneOrder(null, true, dryRun);
    }

    /** Of all databases, and no more than what has to be done. */
    public static PruneOrder ofAllThatIsDue() {
        return new PruneOrder(null, false, false);
    }
}
