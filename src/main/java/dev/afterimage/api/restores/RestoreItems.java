package dev.afterimage.api.restores;

import dev.afterimage.access.Caller;
import dev.afterimage.api.fields.IdText;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.snapshots.States;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.follow.Followers;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.RestoreTarget;
import dev.afterimage.restore.RestoreTargets;
import dev.afterimage.restore.TargetMode;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Makes sense of requests for restores: which snapshot, to where, with what else. */
@Component
class RestoreItems {

    private final States states;
    private final Snapshots snapshots;
    private final Databases databases;
    private final RestoreTargets targets;
    private final Followers followers;

    RestoreItems(States states, Snapshots snapshots, Databases databases, RestoreTargets targets, Followers followers) {
        this.states = states;
        this.snapshots = snapshots;
        this.databases = databases;
        this.targets = targets;
        this.followers = followers;
    }

    RestoreItem of(RestoreRequest request, Caller caller) {
        return of(
                snapshot(request, caller), request.target(), request.safetySnapshot(), request.allowDamaged(), caller);
    }

    private Snapshot snapshot(RestoreRequest request, Caller caller) {
        requireOne(request);
        var snapshot = request.snapshot();
        if (snapshot == null) {
            var database = database(request, "must name the database that had the moment", caller);
            return snapshots.available(
                    states.at(database, request.at(), request.commit()).id());
        }
        return snapshot.equals(RestoreRequest.LATEST)
                ? snapshots.latest(database(request, "must name the database whose latest snapshot is meant", caller))
                : named(snapshot, request, caller);
    }

    private static void requireOne(RestoreRequest request) {
        if (request.snapshot() == null && request.at() == null && request.commit() == null) {
            throw InvalidField.refused("snapshot", "must be given, or at, or commit");
        }
        if (request.at() != null && (request.snapshot() != null || request.commit() != null)) {
            throw InvalidField.refused("at", "must be left out where a snapshot or a commit is given");
        }
        if (request.commit() != null && request.snapshot() != null) {
            throw InvalidField.refused("commit", "must be left out where a snapshot is given");
        }
    }

    private Database database(RestoreRequest request, String otherwise, Caller caller) {
        var name = request.database() == null ? request.target().database() : request.database();
        if (name == null) {
            throw InvalidField.refused("database", otherwise);
        }
        return databases.get(name, caller.visible());
    }

    private Snapshot named(String id, RestoreRequest request, Caller caller) {
        var visible = snapshots.get(IdText.parse(id), caller.visible());
        if (request.database() != null && !request.database().equals(visible.databaseName())) {
            throw InvalidField.refused("database", "must be the one that the snapshot is of, or be left out");
        }
        return request.allowDamaged() ? visible : snapshots.available(visible.id());
    }

    /** @throws ProblemException INVALID_REQUEST when the parts of the request do not go together */
    RestoreItem of(
            Snapshot snapshot,
            RestoreTargetJson wanted,
            @Nullable Boolean safetySnapshot,
            boolean allowDamaged,
            Caller caller) {
        var mode = wanted.mode();
        if (allowDamaged && mode != TargetMode.NEW_FILE) {
            throw InvalidField.refused("allowDamaged", "must be false: what is lost must not replace a database");
        }
        if (mode == TargetMode.NEW_FILE && Boolean.TRUE.equals(safetySnapshot)) {
            throw InvalidField.refused("safetySnapshot", "must be false: with NEW_FILE nothing is replaced");
        }
        var target = target(snapshot, wanted, caller);
        boolean safely = safetySnapshot == null ? mode == TargetMode.REPLACE_LIVE : safetySnapshot;
        if (safely && target.databaseId() == null) {
            throw InvalidField.refused(
                    "safetySnapshot",
                    "must be false, since no database is registered at the target; register it to have one taken");
        }
        return new RestoreItem(snapshot.id(), target, safely, allowDamaged);
    }

    private RestoreTarget target(Snapshot snapshot, RestoreTargetJson wanted, Caller caller) {
        var path = wanted.path();
        var database = wanted.database();
        if (path != null && database != null) {
            throw InvalidField.refused("target", "must have a path or a database, not both");
        }
        if (path != null) {
            requireOpen(path, wanted.mode(), caller);
            return targets.file(path, wanted.mode(), snapshot);
        }
        if (database == null) {
            throw nothingNamed(snapshot, wanted.mode());
        }
        return targets.database(databases.get(database, caller.visible()).name(), wanted.mode());
    }

    /** To name what is replaced is to confirm it: no request replaces a database that it does not name. */
    private static ProblemException nothingNamed(Snapshot snapshot, TargetMode mode) {
        return switch (mode) {
            case NEW_FILE -> InvalidField.refused("target.path", "must be given with NEW_FILE");
            case REPLACE_LIVE, REPLACE_FILE ->
                InvalidField.refused(
                        "target",
                        "must name what is replaced: the database '%s', another one, or a path"
                                .formatted(snapshot.databaseName()));
        };
    }

    /** Before the target is looked at, so that a refusal tells nothing of what is there. */
    private void requireOpen(String path, TargetMode mode, Caller caller) {
        if (caller.visible().limited() && !targets.openTo(path, mode, caller.visible())) {
            throw new ProblemException(Problem.of(
                    ProblemCode.FORBIDDEN,
                    "Your token may not write to this path: it makes new files in the directories of its databases, and replaces"
                            + " none but these databases"));
        }
    }

    /** Whether we have the file of its target open, and let go of it for the restore. */
    boolean isFollowed(RestoreItem item) {
        var target = item.target().databaseId();
        return target != null && followers.reached(target).isPresent();
    }

    /** Names of the databases that are replaced, in order. */
    List<String> replaced(List<RestoreItem> items) {
        return items.stream()
                .filter(item -> item.target().mode() != TargetMode.NEW_FILE)
                .flatMap(item -> name(item.target().databaseId()))
                .sorted()
                .toList();
    }

    /** Names of the databases that a restore is about: the one that the snapshot is of, and the one that it replaces. */
    List<String> databases(List<RestoreItem> items) {
        return items.stream().flatMap(this::databases).distinct().toList();
    }

    private Stream<String> databases(RestoreItem item) {
        var of = snapshots.get(item.snapshotId()).databaseName();
        return Stream.concat(Stream.of(of), name(item.target().databaseId()));
    }

    private Stream<String> name(@Nullable UUID databaseId) {
        return Stream.ofNullable(databaseId)
                .flatMap(id -> databases.find(id).stream())
                .map(database -> database.name());
    }
}
