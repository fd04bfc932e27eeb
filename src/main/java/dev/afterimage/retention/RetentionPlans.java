package dev.afterimage.retention;

import dev.afterimage.catalog.snapshots.Collapses;
import dev.afterimage.catalog.snapshots.LogAnchors;
import dev.afterimage.catalog.snapshots.RetentionPolicies;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotChecks;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Plans for the snapshots that there are now. Nothing is changed by them. */
@Component
public class RetentionPlans {

    private final RetentionPolicies policies;
    private final Snapshots snapshots;
    private final SnapshotChecks checks;
    private final Collapses collapses;
    private final LogAnchors anchors;
    private final Repository repository;
    private final Clock clock;

    RetentionPlans(
            RetentionPolicies policies,
            Snapshots snapshots,
            SnapshotChecks checks,
            Collapses collapses,
            LogAnchors anchors,
            Repository repository,
            Clock clock) {
        this.policies = policies;
        this.snapshots = snapshots;
        this.checks = checks;
        this.collapses = collapses;
        this.anchors = anchors;
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
        return plan(databaseId, policy, stored(databaseId), new KeptGroups());
    }

    /** The same by the policy that is in force. */
    RetentionPlan preview(UUID databaseId, KeptGroups groups) {
        return plan(databaseId, policies.inForce(databaseId).policy(), stored(databaseId), groups);
    }

    /** What is to be done by the policy that is in force. Bytes are only known where they matter. */
    RetentionPlan decide(UUID databaseId, KeptGroups groups) {
        return decide(databaseId, policies.inForce(databaseId).policy(), groups);
    }

    private RetentionPlan decide(UUID databaseId, RetentionPolicy policy, KeptGroups groups) {
        var stored = mayLackRoom(databaseId, policy) ? stored(databaseId) : StoredObjects.UNKNOWN;
        return plan(databaseId, policy, stored, groups);
    }

    /**
     * How many snapshots of a database a prune would delete now by a policy; null when the storage cannot be read, which only limits of
     * bytes need: a policy can be looked at and set all the same.
     */
    public @Nullable Integer due(UUID databaseId, RetentionPolicy policy) {
        return due(List.of(databaseId), policy);
    }

    /** The same of all databases that have no policy of their own. */
    public @Nullable Integer dueByDefault(RetentionPolicy policy) {
        return due(policies.withoutOwn(), policy);
    }

    private @Nullable Integer due(List<UUID> databaseIds, RetentionPolicy policy) {
        var groups = new KeptGroups();
        try {
            return databaseIds.stream()
                    .mapToInt(id -> decide(id, policy, groups).deletions().size())
                    .sum();
        } catch (ProblemException e) {
            if (e.code() != ProblemCode.STORAGE_UNREACHABLE && e.code() != ProblemCode.OBJECTS_ARCHIVED) {
                throw e;
            }
            return null;
        }
    }

    KeptGroups keptGroups() {
        return new KeptGroups();
    }

    private StoredObjects stored(UUID databaseId) {
        return StoredObjects.of(repository.list(databaseId).readable());
    }

    private RetentionPlan plan(UUID databaseId, RetentionPolicy policy, StoredObjects stored, KeptGroups groups) {
        var alone = plan(databaseId, policy, stored, Set.of());
        return alone.partsGroups() ? plan(databaseId, policy, stored, groups.keptBeside(databaseId)) : alone;
    }

    private RetentionPlan plan(UUID databaseId, RetentionPolicy policy, StoredObjects stored, Set<UUID> keptGroups) {
        return RetentionPlan.of(
                policy,
                snapshots.all(databaseId),
                checks.damageFoundAt(databaseId),
                collapses.lastBefore(databaseId),
                anchors.needed(databaseId),
                keptGroups,
                stored,
                clock.instant());
    }

    /**
     * Which of a database's snapshots go from a place that has a policy of its own.
     *
     * @param gone that only the place has, as they were; the newest first
     */
    public Set<UUID> going(UUID databaseId, RetentionPolicy policy, List<Snapshot> gone) {
        var alone = plan(databaseId, policy, gone, Set.of());
        var plan = alone.partsGroups()
                ? plan(
                        databaseId,
                        policy,
                        gone,
                        snapshots.groupedWith(databaseId).stream()
                                .flatMap(other -> plan(other, policy, List.of(), Set.of()).keptGroups().stream())
                                .collect(Collectors.toSet()))
                : alone;
        return plan.deletions().stream().map(Snapshot::id).collect(Collectors.toSet());
    }

    private RetentionPlan plan(UUID databaseId, RetentionPolicy policy, List<Snapshot> gone, Set<UUID> keptGroups) {
        return RetentionPlan.of(
                policy,
                merged(snapshots.all(databaseId), gone),
                checks.damageFoundAt(databaseId),
                collapses.lastBefore(databaseId),
                anchors.needed(databaseId),
                keptGroups,
                StoredObjects.UNKNOWN,
                clock.instant());
    }

    /** Each in its own order, which the catalog knows better than the times do. */
    private static List<Snapshot> merged(List<Snapshot> some, List<Snapshot> others) {
        var merged = new ArrayList<Snapshot>();
        var left = new ArrayDeque<>(others);
        for (var one : some) {
            while (!left.isEmpty() && left.getFirst().createdAt().isAfter(one.createdAt())) {
                merged.add(left.removeFirst());
            }
            merged.add(one);
        }
        merged.addAll(left);
        return merged;
    }

    /** The groups that databases keep their parts of. Each database is planned for once, so one of these is for one look at all. */
    final class KeptGroups {

        private final Map<UUID, Set<UUID>> keptBy = new HashMap<>();

        private Set<UUID> keptBeside(UUID databaseId) {
            return snapshots.groupedWith(databaseId).stream()
                    .flatMap(other -> keptBy.computeIfAbsent(other, this::keptBy).stream())
                    .collect(Collectors.toSet());
        }

        private Set<UUID> keptBy(UUID databaseId) {
            var policy = policies.inForce(databaseId).policy();
            return plan(databaseId, policy, StoredObjects.UNKNOWN, Set.of()).keptGroups();
        }
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
        var groups = new KeptGroups();
        return concerned().stream()
                .anyMatch(id -> !decide(id, groups).deletions().isEmpty());
    }

    /** Databases of which a snapshot may have to go. */
    List<UUID> concerned() {
        return policies.concerned();
    }
}
