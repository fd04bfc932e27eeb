package dev.afterimage.retention;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotDeletions;
import dev.afterimage.catalog.snapshots.SnapshotNotFoundException;
import dev.afterimage.catalog.snapshots.UnneededLayers;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.objects.UnnamedLayers;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Deletes snapshots: each is marked in the catalog first, and seen no more, then its layers are marked, its manifest goes, then its row. */
@Component
public class SnapshotRemoval {

    private final SnapshotDeletions deletions;
    private final Repository repository;
    private final Reclaim reclaim;

    SnapshotRemoval(SnapshotDeletions deletions, Repository repository, Reclaim reclaim) {
        this.deletions = deletions;
        this.repository = repository;
        this.reclaim = reclaim;
    }

    /**
     * Deletes a snapshot; what only it needs is freed when the grace is over. Whoever reads it at present reads on to the end. When the storage
     * fails, the snapshot is seen no more, and the deletion is completed by calling this again or by the next start.
     *
     * @param force also when it is the database's last good one, or that from before a collapse; a pin always holds
     * @throws dev.afterimage.problem.ProblemException SNAPSHOT_PINNED or LAST_GOOD_SNAPSHOT when it must not go
     * @throws dev.afterimage.catalog.snapshots.SnapshotNotFoundException when there is none of that id
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage fails
     */
    public void remove(UUID id, boolean force) {
        repository.requireWritable(); // before it is seen no more: it could not go
        complete(deletions.begin(id, candidate -> requireDeletable(candidate, force)));
    }

    /** The snapshot must not be deleted as it is. */
    private static final class Kept extends ProblemException {

        Kept(Problem problem) {
            super(problem);
        }
    }

    private static void requireDeletable(SnapshotDeletions.Candidate candidate, boolean force) {
        var id = candidate.snapshot().id();
        var database = candidate.snapshot().databaseName();
        if (candidate.snapshot().pinned()) {
            throw new Kept(Problem.of(ProblemCode.SNAPSHOT_PINNED, "Snapshot %s is pinned".formatted(id)));
        }
        if (candidate.lastGood() && !force) {
            throw new Kept(Problem.of(
                    ProblemCode.LAST_GOOD_SNAPSHOT,
                    "Snapshot %s is the last good one of '%s', or the last that passed a FULL check"
                            .formatted(id, database)));
        }
        if (candidate.lastBeforeCollapse() && !force) {
            throw new Kept(Problem.of(
                    ProblemCode.LAST_GOOD_SNAPSHOT,
                    "Snapshot %s is the last good one from before '%s' collapsed".formatted(id, database),
                    ("If the database is as it should be, acknowledge what GET /api/v1/databases/%s/collapses lists; or"
                                    + " delete the snapshot with ?force=true.")
                            .formatted(database)));
        }
    }

    /** Deletes what a cancelled backup has published, if it came so far: it was not checked, and nobody asks for it. */
    public void discard(UUID id) {
        try {
            remove(id, true);
        } catch (SnapshotNotFoundException notPublished) {
            // There is nothing to delete.
        } catch (Kept pinned) {
            // Somebody asks for it after all.
        }
    }

    /** How many snapshots are gone, and the bytes that they alone needed: freed now, or when the grace is over. */
    record Removed(int snapshots, long bytes) {
        static final Removed NOTHING = new Removed(0, 0);

        Removed plus(Removed other) {
            return new Removed(snapshots + other.snapshots, bytes + other.bytes);
        }
    }

    /**
     * Deletes those of a database's snapshots that are still what a plan knew of them. One that was changed since, be it by a
     * pin, a check or another expiry, stays for the next plan, and so does one that became the last good one.
     *
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage fails; the deletions are then completed by
     *     {@link #completeInterrupted}
     */
    Removed removeUnchanged(UUID databaseId, List<Snapshot> planned) {
        repository.requireWritable();
        var begun = planned.stream()
                .flatMap(snapshot ->
                        deletions
                                .beginIf(snapshot.id(), now -> now.snapshot().equals(snapshot) && isDeletable(now))
                                .stream())
                .toList();
        long bytes = delete(
                databaseId,
                begun.stream().map(SnapshotDeletions.Deletion::snapshotId).toList());
        // Dying here leaves marked rows without manifests: the next start comes to each of them.
        begun.forEach(deletions::finish);
        return new Removed(begun.size(), bytes);
    }

    private long delete(UUID databaseId, List<UUID> snapshotIds) {
        var manifests = repository.readable(databaseId, snapshotIds);
        var marked = reclaim.markLayersOf(databaseId, manifests);
        repository.delete(databaseId, snapshotIds);
        return manifests.stream().mapToLong(Manifest::ownBytes).sum()
                + reclaim.settle(databaseId, repository.grace())
                        .map(settled -> bytesOf(marked, settled))
                        .orElse(0L);
    }

    /** Of the layers that were needed until now. */
    private static long bytesOf(Set<UnneededLayers.Mark> marked, UnnamedLayers.Settled settled) {
        return marked.stream()
                .filter(mark -> !settled.named().contains(mark.layerId()))
                .mapToLong(UnneededLayers.Mark::bytes)
                .sum();
    }

    private static boolean isDeletable(SnapshotDeletions.Candidate candidate) {
        return !candidate.snapshot().pinned() && !candidate.lastGood() && !candidate.lastBeforeCollapse();
    }

    /**
     * Completes the deletions that a crash or a failure of the storage has interrupted.
     *
     * @return how many these were
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage fails; what is left can be tried again
     */
    int completeInterrupted() {
        var interrupted = deletions.unfinished();
        interrupted.forEach(this::complete);
        return interrupted.size();
    }

    private void complete(SnapshotDeletions.Deletion deletion) {
        delete(deletion.databaseId(), List.of(deletion.snapshotId()));
        // Dying here leaves a marked row without a manifest: the next start comes here again.
        deletions.finish(deletion);
    }
}
