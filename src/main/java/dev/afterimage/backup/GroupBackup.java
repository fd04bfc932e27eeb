package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.live.CaptureOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Captures several live databases at one moment, if writers let it find one, and publishes a snapshot of each, or none. */
@Component
public class GroupBackup {

    private final Databases databases;
    private final DatabasePaths paths;
    private final Drafts drafts;
    private final Groups groups;
    private final Snapshots snapshots;
    private final CaptureLimits limits;

    GroupBackup(
            Databases databases,
            DatabasePaths paths,
            Drafts drafts,
            Groups groups,
            Snapshots snapshots,
            CaptureLimits limits) {
        this.databases = databases;
        this.paths = paths;
        this.drafts = drafts;
        this.groups = groups;
        this.snapshots = snapshots;
        this.limits = limits;
    }

    /**
     * Makes the snapshots that the plan names. Run again after a crash, it takes up a group that was complete.
     *
     * @param patience how long to wait for each locked source
     * @return the snapshots, not yet checked
     * @throws ProblemException with the code of the failure when one of the databases cannot be captured; there is then no snapshot of any of them
     */
    public GroupTaken run(GroupPlan plan, Duration patience, PageProgress progress) {
        groups.discard(plan.groupId()); // what an earlier attempt could not take back
        if (recorded(plan).isEmpty()) {
            var options = limits.options(patience, plan.maxBytesPerSecond());
            var damaged = new HashMap<UUID, UnusableSnapshotException>();
            var watching = limits.watching(sources(plan), plan.maxWalBytes(), progress);
            while (!taken(plan, options, damaged, watching)) {}
        }
        return new GroupTaken(recorded(plan));
    }

    private List<Path> sources(GroupPlan plan) {
        return plan.databaseIds().stream()
                .flatMap(id -> databases.find(id).stream())
                .map(Database::path)
                .toList();
    }

    private List<Snapshot> recorded(GroupPlan plan) {
        return plan.snapshotIds().stream()
                .flatMap(id -> snapshots.find(id).stream())
                .toList();
    }

    /**
     * False when a snapshot to build on turned out to be damaged: the moment has passed, so the group begins anew.
     *
     * @param damaged by database, what must not be built on
     */
    private boolean taken(
            GroupPlan plan,
            CaptureOptions options,
            Map<UUID, UnusableSnapshotException> damaged,
            PageProgress progress) {
        try (var members = new GroupMembers()) {
            for (var wanted : plan.members()) {
                members.add(begin(wanted, options, damaged, progress));
            }
            members.each(GroupMember::firstPass);
            members.each(GroupMember::pin);
            boolean oneMoment = members.alignMoments();
            members.capture();
            groups.publish(plan, () -> members.map(member -> member.publish(plan, oneMoment)));
            return true;
        } catch (GroupMembers.DamagedParent parent) {
            damaged.put(parent.databaseId(), parent.damage());
            return false;
        }
    }

    private GroupMember begin(
            GroupPlan.Member wanted,
            CaptureOptions options,
            Map<UUID, UnusableSnapshotException> damaged,
            PageProgress progress) {
        var database = databases.find(wanted.databaseId()).orElseThrow();
        try {
            var damage = damaged.get(database.id());
            var draft = damage == null ? drafts.begin(database, Method.SCAN) : drafts.beginWithout(damage, database);
            return member(wanted, database, draft, options, progress);
        } catch (ProblemException e) {
            throw GroupMembers.failure(database.name(), e);
        }
    }

    private GroupMember member(
            GroupPlan.Member wanted, Database database, Draft draft, CaptureOptions options, PageProgress progress) {
        try {
            return new GroupMember(database, wanted.snapshotId(), draft, scan(database, options, progress));
        } catch (RuntimeException | Error e) {
            draft.close();
            throw e;
        }
    }

    private Scan scan(Database database, CaptureOptions options, PageProgress progress) {
        var source = paths.existing(database);
        return Scan.open(source, options, progress.about(database.name()));
    }
}
