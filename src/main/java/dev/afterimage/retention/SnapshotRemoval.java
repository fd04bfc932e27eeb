package dev.afterimage.retention;

import dev.afterimage.catalog.SnapshotDeletions;
import dev.afterimage.catalog.SnapshotNotFoundException;
import dev.afterimage.repository.Repository;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Deletes single snapshots on request. */
@Component
public class SnapshotRemoval {

    private final SnapshotDeletions deletions;
    private final Repository repository;

    SnapshotRemoval(SnapshotDeletions deletions, Repository repository) {
        this.deletions = deletions;
        this.repository = repository;
    }

    /**
     * Deletes a snapshot and frees what only it needs. Whoever reads it at present reads on to the end. When the storage
     * fails, the snapshot is seen no more, and the deletion is completed by calling this again or by the next start.
     *
     * @param force also when it is the database's last good one; a pin always holds
     * @throws SnapshotKeptException when it must not go
     * @throws dev.afterimage.catalog.SnapshotNotFoundException when there is none of that id
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage fails
     */
    public void remove(UUID id, boolean force) {
        complete(deletions.begin(id, candidate -> requireDeletable(candidate, force)));
    }

    private static void requireDeletable(SnapshotDeletions.Candidate candidate, boolean force) {
        if (candidate.snapshot().pinned()) {
            throw new SnapshotKeptException.Pinned(candidate.snapshot());
        }
        if (candidate.lastGood() && !force) {
            throw new SnapshotKeptException.LastGood(candidate.snapshot());
        }
    }

    /** Deletes what a cancelled backup has published, if it came so far: it was not checked, and nobody asks for it. */
    public void discard(UUID id) {
        try {
            remove(id, true);
        } catch (SnapshotNotFoundException notPublished) {
            // There is nothing to delete.
        } catch (SnapshotKeptException.Pinned pinned) {
            // Somebody asks for it after all.
        }
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
        repository.delete(deletion.databaseId(), deletion.snapshotId());
        // Dying here leaves a marked row without a manifest: the next start comes here again.
        deletions.finish(deletion);
    }
}
