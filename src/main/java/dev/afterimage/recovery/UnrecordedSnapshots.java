package dev.afterimage.recovery;

import dev.afterimage.backup.SnapshotRows;
import dev.afterimage.catalog.snapshots.GroupSnapshots;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.Manifest;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Snapshots that were published and are not in the catalog. Listing names suffices to find them. */
@Component
public class UnrecordedSnapshots {

    private final Repository repository;
    private final Snapshots snapshots;
    private final GroupSnapshots groups;

    public UnrecordedSnapshots(Repository repository, Snapshots snapshots, GroupSnapshots groups) {
        this.repository = repository;
        this.snapshots = snapshots;
        this.groups = groups;
    }

    /** Their ids, without those of groups that are not complete: these are recorded all at once, or never. */
    Set<UUID> of(UUID databaseId) {
        var unrecorded = new HashSet<>(repository.snapshotIds(databaseId));
        unrecorded.removeAll(groups.unfinishedOf(databaseId));
        unrecorded.removeAll(snapshots.ids(databaseId));
        return unrecorded;
    }

    /** Gives those of some snapshots of a database their rows that have none, the oldest first. */
    public void recordAll(UUID databaseId, Collection<UUID> snapshotIds) {
        var unrecorded = of(databaseId);
        repository.readable(databaseId, snapshotIds).stream()
                .filter(manifest -> unrecorded.contains(manifest.id()))
                .sorted(Comparator.comparingLong(Manifest::place))
                .map(SnapshotRows::of)
                .forEach(snapshots::add);
    }

    /**
     * Gives one its row; false when it was deleted just now.
     *
     * @throws dev.afterimage.repository.format.SnapshotDamagedException when its manifest cannot be read
     */
    public boolean record(UUID databaseId, UUID snapshotId) {
        var manifest = repository.find(databaseId, snapshotId);
        manifest.map(SnapshotRows::of).ifPresent(snapshots::add);
        return manifest.isPresent();
    }
}
