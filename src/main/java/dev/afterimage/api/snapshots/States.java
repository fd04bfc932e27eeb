package dev.afterimage.api.snapshots;

import dev.afterimage.api.fields.StateName;
import dev.afterimage.backup.LogSnapshots;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.follow.Moment;
import dev.afterimage.follow.Moments;
import dev.afterimage.limits.Limits;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Finds the snapshots of the states that requests name. That of a moment is made where there is none yet, and then is one as any other. */
@Component
public class States {

    private final Databases databases;
    private final Snapshots snapshots;
    private final Moments moments;
    private final LogSnapshots logs;
    private final Limits limits;

    States(Databases databases, Snapshots snapshots, Moments moments, LogSnapshots logs, Limits limits) {
        this.databases = databases;
        this.snapshots = snapshots;
        this.moments = moments;
        this.logs = logs;
        this.limits = limits;
    }

    /**
     * Of what exists for the caller, as {@link dev.afterimage.api.http.Reach#SNAPSHOT} has seen to.
     *
     * @throws dev.afterimage.catalog.snapshots.SnapshotNotFoundException when there is none of that id
     * @throws dev.afterimage.follow.MomentNotReachableException when the state cannot be made
     * @throws dev.afterimage.problem.ProblemException DATABASE_NOT_FOUND when there is no database of that name
     */
    public Snapshot get(StateName name) {
        return switch (name) {
            case StateName.OfSnapshot(var id) -> snapshots.get(id);
            case StateName.AtTime(var database, var time) -> at(databases.get(database), time, null);
            case StateName.AfterCommit(var database, var commit) -> at(databases.get(database), null, commit);
        };
    }

    /**
     * The same of a state that may be restored.
     *
     * @throws dev.afterimage.problem.ProblemException SNAPSHOT_QUARANTINED when it failed a check
     */
    public Snapshot available(StateName name) {
        return snapshots.available(get(name).id());
    }

    /**
     * That of a moment that a body names: just one of the two is given.
     *
     * @throws dev.afterimage.follow.MomentNotReachableException when the state cannot be made
     */
    public Snapshot at(Database database, @Nullable Instant time, @Nullable Long commit) {
        return of(database, moment(database, time, commit));
    }

    /**
     * Sees that each of some databases can be had as it was at a time, before anything is made of one.
     *
     * @throws dev.afterimage.follow.MomentNotReachableException when one cannot
     */
    public void requireReachable(List<Database> all, Instant time) {
        all.forEach(database -> moments.at(database, time));
    }

    Moment moment(Database database, @Nullable Instant time, @Nullable Long commit) {
        if (commit != null) {
            return moments.commit(database, commit);
        }
        if (time == null) {
            throw new IllegalArgumentException("no moment is given");
        }
        return moments.at(database, time);
    }

    Snapshot of(Database database, Moment moment) {
        return logs.find(moment).orElseGet(() -> {
            try (var _ = limits.staging()) {
                return logs.of(database, moment);
            }
        });
    }
}
