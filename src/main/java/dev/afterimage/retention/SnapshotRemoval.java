package dev.afterimage.retention;

import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.Snapshots;
import dev.afterimage.repository.Repository;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Deletes single snapshots on request. */
@Component
public class SnapshotRemoval {

    private final Snapshots snapshots;
    private final Repository repository;

    SnapshotRemoval(Snapshots snapshots, Repository repository) {
        this.snapshots = snapshots;
        this.repository = repository;
    }

    /**
     * Deletes a snapshot and frees what only it needs. Whoever reads it at present reads on to the end.
     *
     * @param force also when it is the database's last good one; a pin always holds
     * @throws SnapshotKeptException when it must not go
     */
    public void remove(UUID id, boolean force) {
        var snapshot = snapshots.get(id);
        if (snapshot.pinned()) {
            throw new SnapshotKeptException.Pinned(snapshot);
        }
        if (!force && lastGood(snapshot)) {
            throw new SnapshotKeptException.LastGood(snapshot);
        }
        repository.delete(snapshot.databaseId(), id);
        // Dying here leaves a row without a manifest: reading it fails, and deleting it again removes the row.
        snapshots.remove(id);
    }

    private boolean lastGood(Snapshot snapshot) {
        return snapshot.state() == Snapshot.State.AVAILABLE
                && snapshots.newestGood(snapshot.databaseId(), snapshot.id()).isEmpty();
    }
}
