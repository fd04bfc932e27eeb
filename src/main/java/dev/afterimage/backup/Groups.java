package dev.afterimage.backup;

import dev.afterimage.catalog.snapshots.GroupSnapshots;
import dev.afterimage.catalog.snapshots.GroupSnapshots.Unfinished;
import dev.afterimage.catalog.snapshots.UnneededLayers;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.Manifest;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Publishes groups whole. Several manifests cannot become visible in one step, so the catalog knows beforehand which they
 * will be, and their rows appear together when all are there; what is found between the two is taken back.
 */
@Component
public class Groups {

    private final GroupSnapshots groups;
    private final Repository repository;
    private final UnneededLayers unneeded;
    private final Clock clock;

    Groups(GroupSnapshots groups, Repository repository, UnneededLayers unneeded, Clock clock) {
        this.groups = groups;
        this.repository = repository;
        this.unneeded = unneeded;
        this.clock = clock;
    }

    /**
     * Publishes the snapshots of a group and records them, or none of them.
     *
     * @param publication publishes them all
     */
    void publish(GroupPlan plan, Supplier<List<Manifest>> publication) {
        groups.begin(
                plan.groupId(),
                plan.members().stream()
                        .collect(Collectors.toMap(GroupPlan.Member::databaseId, GroupPlan.Member::snapshotId)));
        // Dying from here on leaves a part of the group, or all of it without rows: the next start takes it back.
        try {
            var manifests = publication.get();
            groups.finish(
                    plan.groupId(), manifests.stream().map(SnapshotRows::of).toList());
        } catch (RuntimeException | Error e) {
            discardAfter(e, plan.groupId());
            throw e;
        }
    }

    /** What this cannot take back now, because the storage fails, the job's next attempt or the next start does. */
    private void discardAfter(Throwable failure, UUID groupId) {
        try {
            discard(groupId);
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /**
     * Takes back what an unfinished group has published; nothing of one that is complete.
     *
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage fails; what is left can be tried again
     */
    void discard(UUID groupId) {
        discard(groupId, groups.unfinished(groupId));
    }

    /**
     * The same of all groups, at a time when no backup runs.
     *
     * @return how many groups these were
     */
    public int discardAll() {
        var byGroup = groups.unfinished().stream().collect(Collectors.groupingBy(Unfinished::groupId));
        byGroup.forEach(this::discard);
        return byGroup.size();
    }

    private void discard(UUID groupId, Collection<Unfinished> snapshots) {
        snapshots.forEach(this::delete);
        // Dying here leaves a note about manifests that are gone: whoever comes next finds nothing to delete.
        groups.forget(groupId);
    }

    /** Its layers are marked first: dying in between leaves marks, and not layers of which nobody knows. */
    private void delete(Unfinished snapshot) {
        var id = List.of(snapshot.snapshotId());
        var now = clock.instant();
        unneeded.mark(
                snapshot.databaseId(),
                repository.readable(snapshot.databaseId(), id).stream()
                        .flatMap(manifest -> manifest.layers().stream())
                        .map(layer -> new UnneededLayers.Mark(layer.id(), layer.bytes(), now))
                        .toList());
        repository.delete(snapshot.databaseId(), id);
    }
}
