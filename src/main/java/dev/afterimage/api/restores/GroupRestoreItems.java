package dev.afterimage.api.restores;

import dev.afterimage.access.Caller;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.snapshots.States;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.GroupSnapshots;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotFilter;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.TargetMode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes sense of requests for restores of groups, and of several databases to one moment. */
@Component
class GroupRestoreItems {

    /** More than a group can have. */
    private static final int MOST = 1_000;

    private final Snapshots snapshots;
    private final GroupSnapshots groups;
    private final RestoreItems items;
    private final Databases databases;
    private final States states;

    GroupRestoreItems(
            Snapshots snapshots, GroupSnapshots groups, RestoreItems items, Databases databases, States states) {
        this.snapshots = snapshots;
        this.groups = groups;
        this.items = items;
        this.databases = databases;
        this.states = states;
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
        var all = group.stream()
                .map(snapshot -> item(snapshot, request.targets(), request.mode(), request.safetySnapshot(), caller))
                .toList();
        requireDifferentTargets(all);
        return all;
    }

    /**
     * One for each database, of what it was at one moment. All moments are found before the first of their snapshots is made.
     *
     * @throws dev.afterimage.problem.ProblemException INVALID_REQUEST when the parts of the request do not go together
     * @throws dev.afterimage.follow.MomentNotReachableException when one of them cannot be had as it was then
     */
    List<RestoreItem> of(MomentRestoreRequest request, Caller caller) {
        var wanted = request.databases().stream()
                .distinct()
                .map(name -> databases.get(name, caller.visible()))
                .toList();
        for (var named : request.targets().keySet()) {
            if (!request.databases().contains(named)) {
                throw InvalidField.refused("targets", "names '%s', which is none of the databases".formatted(named));
            }
        }
        states.requireReachable(wanted, request.at());
        var all = wanted.stream()
                .map(database -> states.at(database, request.at(), null))
                .map(snapshot -> item(snapshot, request.targets(), request.mode(), request.safetySnapshot(), caller))
                .toList();
        requireDifferentTargets(all);
        return all;
    }

    /** @throws dev.afterimage.problem.ProblemException INVALID_REQUEST when the request does not name just the databases that are replaced */
    void requireConfirmed(GroupRestoreRequest request, List<RestoreItem> all) {
        var replaced = items.replaced(all);
        var confirmed = Objects.requireNonNullElse(request.replaces(), List.<String>of());
        if (!Set.copyOf(confirmed).equals(Set.copyOf(replaced))) {
            throw InvalidField.refused(
                    "replaces",
                    replaced.isEmpty()
                            ? "must be left out, since nothing is replaced"
                            : "must name all databases that are replaced, and no others: '%s'"
                                    .formatted(String.join("', '", replaced)));
        }
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

    private RestoreItem item(
            Snapshot snapshot,
            Map<String, RestoreTargetJson> targets,
            @Nullable TargetMode mode,
            @Nullable Boolean safetySnapshot,
            Caller caller) {
        snapshots.available(snapshot.id());
        var target = target(snapshot.databaseName(), targets, mode);
        return items.of(snapshot, target, safetySnapshot, false, caller);
    }

    private static RestoreTargetJson target(
            String name, Map<String, RestoreTargetJson> targets, @Nullable TargetMode mode) {
        var named = targets.get(name);
        if (named != null) {
            return named.orOver(name);
        }
        if (mode == null) {
            throw InvalidField.refused("mode", "must be given, since 'targets' does not name '%s'".formatted(name));
        }
        return new RestoreTargetJson(null, null, mode).orOver(name);
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
