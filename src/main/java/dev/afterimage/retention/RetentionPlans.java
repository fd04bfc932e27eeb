package dev.afterimage.retention;

import dev.afterimage.catalog.Collapses;
import dev.afterimage.catalog.RetentionPolicies;
import dev.afterimage.catalog.RetentionPolicy;
import dev.afterimage.catalog.SnapshotChecks;
import dev.afterimage.catalog.Snapshots;
import dev.afterimage.repository.Repository;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Plans for the snapshots that there are now. Nothing is changed by them. */
@Component
public class RetentionPlans {

    private final RetentionPolicies policies;
    private final Snapshots snapshots;
    private final SnapshotChecks checks;
    private final Collapses collapses;
    private final Repository repository;
    private final Clock clock;

    RetentionPlans(
            RetentionPolicies policies,
            Snapshots snapshots,
            SnapshotChecks checks,
            Collapses collapses,
            Repository repository,
            Clock clock) {
        this.policies = policies;
        this.snapshots = snapshots;
        this.checks = checks;
        this.collapses = collapses;
        this.repository = repository;
        this.clock = clock;
    }

    /**
     * What a policy would make of a database's snapshots. The bytes are those of its manifests and layers as they are now; a
     * backup that runs meanwhile can keep some of them, and a manifest that cannot be read is not counted.
     *
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage cannot be read
     */
    public RetentionPlan preview(UUID databaseId, RetentionPolicy policy) {
        return plan(
                databaseId, policy, StoredObjects.of(repository.list(databaseId).readable()));
    }

    /** The same by the policy that is in force. */
    RetentionPlan preview(UUID databaseId) {
        return preview(databaseId, policies.inForce(databaseId).policy());
    }

    /** What is to be done by the policy that is in force. Bytes are only known where they matter. */
    RetentionPlan decide(UUID databaseId) {
        var policy = policies.inForce(databaseId).policy();
        return mayLackRoom(databaseId, policy)
                ? preview(databaseId, policy)
                : plan(databaseId, policy, StoredObjects.UNKNOWN);
    }

    private RetentionPlan plan(UUID databaseId, RetentionPolicy policy, StoredObjects stored) {
        var present = snapshots.all(databaseId);
        return RetentionPlan.of(
                policy,
                present,
                checks.damageFoundAt(databaseId),
                collapses.lastBefore(databaseId),
                stored,
                clock.instant());
    }

    /** Looks at the sizes of objects alone, not into manifests. */
    private boolean mayLackRoom(UUID databaseId, RetentionPolicy policy) {
        var maxBytes = policy.maxBytes();
        return maxBytes != null && repository.usage(databaseId).bytes() > maxBytes;
    }

    /**
     * Whether a snapshot of any database has to go.
     *
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage cannot be read
     */
    public boolean anyDue() {
        return concerned().stream().anyMatch(id -> !decide(id).deletions().isEmpty());
    }

    /** Databases of which a snapshot may have to go. */
    List<UUID> concerned() {
        return policies.concerned();
    }
}
