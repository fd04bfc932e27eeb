package dev.afterimage.api.restores;

import dev.afterimage.access.Caller;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.catalog.snapshots.GroupSnapshots;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotFilter;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.restore.RestoreItem;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Makes sense of requests for restores of groups. */
@Component
class GroupRestoreItems {

    /** More than a group can have. */
    private static final int MOST = 1_000;

    private final Snapshots snapshots;
    private final GroupSnapshots groups;
    private final RestoreItems items;

    GroupRestoreItems(Snapshots snapshots, GroupSnapshots groups, RestoreItems items) {
        this.snapshots = snapshots;
        this.groups = groups;
        this.items = items;
    }

    /**
     * One for each snapshot of the group.
     *
     * @throws dev.afterimage.problem.ProblemException INVALID_REQUEST when the parts of the request do not go together, or snapshots of the group were deleted
     * @throws dev.afterimage.problem.ProblemException SNAPSHOT_NOT_FOUND when no snapshot is of that group
     * @throws dev.afterimage.problem.ProblemException SNAPSHOT_QUARANTINED when one of them failed a check
     */
    List<RestoreItem> of(UUID groupId, GroupRestoreRequest request, Caller caller) {
        var group = snapshots
                .list(new SnapshotFilter(null, groupId, null, null, null, null), null, MOST)
                .items();
        if (group.isEmpty()) {
            throw Snapshots.noGroup(groupId);
        }
        requireWhole(groupId, group.size(), request);
        requireMembers(request, group);
        var all =
                group.stream().map(snapshot -> item(snapshot, request, caller)).toList();
        requireDifferentTargets(all);
        return all;
    }

    private void requireWhole(UUID groupId, int present, GroupRestoreRequest request) {
        int made = groups.size(groupId).orElse(present);
        if (present < made && !request.partial()) {
            var message = "must be true, since only %d of the group's %d snapshots are left".formatted(present, made);
            throw InvalidField.refused("partial", message);
        }
    }

    private static void requireMembers(GroupRestoreRequest request, List<Snapshot> group) {
        var names = group.stream().map(Snapshot::databaseName).collect(Collectors.toSet());
        for (var named : request.targets().keySet()) {
            if (!names.contains(named)) {
                throw InvalidField.refused(
                        "targets", "names '%s', of which the group has no snapshot".formatted(named));
            }
        }
    }

    private RestoreItem item(Snapshot snapshot, GroupRestoreRequest request, Caller caller) {
        snapshots.available(snapshot.id());
        var target = request.targets()
                .getOrDefault(snapshot.databaseName(), new RestoreTargetJson(null, null, request.mode()));
        return items.of(snapshot, target, request.safetySnapshot(), false, caller);
    }

    private static void requireDifferentTargets(List<RestoreItem> all) {
        Set<Object> paths = new HashSet<>();
        for (var item : all) {
            if (!paths.add(item.target().path())) {
                throw InvalidField.refused(
                        "targets", "has %s twice".formatted(item.target().path()));
            }
        }
    }
}
