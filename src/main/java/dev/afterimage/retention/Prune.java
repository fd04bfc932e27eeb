package dev.afterimage.retention;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotTotals;
import dev.afterimage.catalog.snapshots.UnneededLayers;
import dev.afterimage.sqlite.PageProgress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Deletes the snapshots that have to go, frees what only they needed, and compacts what the others have in common. */
@Component
public class Prune {

    /** Deleted in one go: all manifests that remain are read once for so many. Between two a prune can be stopped. */
    private static final int BATCH = 20;

    private final RetentionPlans plans;
    private final SnapshotRemoval removal;
    private final SnapshotTotals totals;
    private final Sweep sweep;
    private final DailyCompaction compaction;
    private final UnneededLayers unneeded;

    Prune(
            RetentionPlans plans,
            SnapshotRemoval removal,
            SnapshotTotals totals,
            Sweep sweep,
            DailyCompaction compaction,
            UnneededLayers unneeded) {
        this.plans = plans;
        this.removal = removal;
        this.totals = totals;
        this.sweep = sweep;
        this.compaction = compaction;
        this.unneeded = unneeded;
    }

    /**
     * Deletes by the policies that are in force, and what has expired.
     *
     * <p>Each snapshot is marked in the catalog before its manifest goes. Whatever interrupts a prune, none is half gone: the
     * next prune, or the next start, completes the deletion of those that are marked, and the others are all there.
     *
     * @return what this run has done; what an interrupted one did before is not counted again
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage fails; what was deleted is deleted
     */
    public Pruned run(PruneOrder order, PageProgress progress) {
        if (!order.dryRun()) {
            removal.completeInterrupted();
        }
        var databaseIds = databases(order);
        var groups = plans.keptGroups();
        var counting = progress.phase("PRUNING", 0);
        var pruned = Pruned.NOTHING;
        var toCompact = new ArrayList<UUID>();
        for (int i = 0; i < databaseIds.size(); i++) {
            int done = i;
            Runnable stopPoint = () -> counting.pages(done, databaseIds.size());
            stopPoint.run();
            var databaseId = databaseIds.get(i);
            var ofDatabase = order.dryRun() ? plan(databaseId, groups) : delete(databaseId, stopPoint);
            pruned = pruned.plus(ofDatabase);
            if (isToCompact(databaseId, order, ofDatabase)) {
                toCompact.add(databaseId);
            }
        }
        counting.pages(databaseIds.size(), databaseIds.size());
        if (order.sweep() && !order.dryRun()) {
            pruned = pruned.plusSwept(swept(order).bytes());
        }
        pruned = pruned.plusCompacted(compact(toCompact, progress));
        return pruned.waiting(unneeded.bytes(order.databaseId()));
    }

    /** Asked for, or because snapshots went: those that stay may only now have layers in common that no other needs. */
    private boolean isToCompact(UUID databaseId, PruneOrder order, Pruned ofDatabase) {
        boolean isDue = ofDatabase.snapshotsDeleted() > 0 && compaction.isDue(databaseId);
        return !order.dryRun() && (isDue || databaseId.equals(order.databaseId()));
    }

    private long compact(List<UUID> databaseIds, PageProgress progress) {
        if (databaseIds.isEmpty()) {
            return 0;
        }
        var compacting = progress.phase("COMPACTING", 0);
        return databaseIds.stream()
                .mapToLong(databaseId -> compaction.run(databaseId, compacting))
                .sum();
    }

    private List<UUID> databases(PruneOrder order) {
        if (order.databaseId() != null) {
            return List.of(order.databaseId());
        }
        return order.sweep() ? databasesWithSnapshots() : plans.concerned();
    }

    private List<UUID> databasesWithSnapshots() {
        return totals.all().stream()
                .filter(total -> total.snapshots() > 0)
                .map(SnapshotTotals.Total::databaseId)
                .toList();
    }

    private Pruned plan(UUID databaseId, RetentionPlans.KeptGroups groups) {
        var plan = plans.preview(databaseId, groups);
        int deleted = plan.deletions().size();
        return new Pruned(deleted, plan.snapshots().size() - deleted, plan.bytesFreed(), 0, 0, 0);
    }

    /** Planned anew before each batch: a policy that was wrong and is put right in time deletes no more. */
    private Pruned delete(UUID databaseId, Runnable stopPoint) {
        var plan = plans.decide(databaseId, plans.keptGroups());
        var tried = new HashSet<UUID>();
        var removed = SnapshotRemoval.Removed.NOTHING;
        for (var batch = next(plan, tried); !batch.isEmpty(); batch = next(plan, tried)) {
            removed = removed.plus(removal.removeUnchanged(databaseId, batch));
            stopPoint.run();
            plan = plans.decide(databaseId, plans.keptGroups());
        }
        return new Pruned(removed.snapshots(), plan.snapshots().size(), removed.bytes(), 0, 0, 0);
    }

    /** Those of a plan that were not tried yet: what could not be deleted waits for the next prune. */
    private static List<Snapshot> next(RetentionPlan plan, Set<UUID> tried) {
        var batch = plan.deletions().stream()
                .filter(snapshot -> !tried.contains(snapshot.id()))
                .limit(BATCH)
                .toList();
        batch.forEach(snapshot -> tried.add(snapshot.id()));
        return batch;
    }

    private Sweep.Swept swept(PruneOrder order) {
        return order.databaseId() == null
                ? sweep.all(order.grace())
                : sweep.of(List.of(order.databaseId()), order.grace());
    }
}
