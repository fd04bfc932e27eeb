package dev.afterimage.backup;

import dev.afterimage.catalog.GroupSnapshots;
import dev.afterimage.catalog.GroupSnapshots.Unfinished;
import dev.afterimage.repository.Repository;
import java.util.Collection;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Takes back what group backups have published that did not come to their end: nobody gets a part of a group. */
@Component
class PartialGroups {

    private final GroupSnapshots groups;
    private final Repository repository;

    PartialGroups(GroupSnapshots groups, Repository repository) {
        this.groups = groups;
        this.repository = repository;
    }

    /**
     * Of all groups, at a time when no backup runs.
     *
     * @return how many groups these were
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage fails; what is left can be tried again
     */
    int discardAll() {
        var byGroup = groups.unfinished().stream().collect(Collectors.groupingBy(Unfinished::groupId));
        byGroup.forEach(this::discard);
        return byGroup.size();
    }

    /** Of one group. */
    void discard(UUID groupId) {
        discard(groupId, groups.unfinished(groupId));
    }

    private void discard(UUID groupId, Collection<Unfinished> snapshots) {
        snapshots.forEach(snapshot -> repository.delete(snapshot.databaseId(), snapshot.snapshotId()));
        // Dying here leaves a note about manifests that are gone: the next start comes here again.
        groups.forget(groupId);
    }
}
