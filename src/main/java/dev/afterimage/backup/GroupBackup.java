package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.sqlite.PageProgress;
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
    private final Drafts drafts;
    private final Groups groups;
    private final Snapshots snapshots;
    private final Captures captures;

    GroupBackup(Databases databases, Drafts drafts, Groups groups, Snapshots snapshots, Captures captures) {
        this.databases = databases;
        this.drafts = drafts;
        this.groups = groups;
        this.snapshots = snapshots;
        this.captures = captures;
    }

    /**
     * Makes the snapshots that the plan names. Run again after a crash, it takes up a group that was complete.
     *
     * @param commands that run while the databases are held
     * @param patience how long to wait for each locked source
     * @param staging an empty directory; empty again afterwards
     * @return the snapshots, not yet checked
     * @throws ProblemException with the code of the failure when one of the databases cannot be captured; there is then no snapshot of any of them
     */
    public GroupTaken run(
            JobCommands commands, GroupPlan plan, Duration patience, Path staging, PageProgress progress) {
        groups.discard(plan.groupId()); // what an earlier attempt could not take back
        if (recorded(plan).isEmpty()) {
            var concerned = plan.databaseIds().stream()
                    .map(id -> databases.find(id).orElseThrow())
                    .toList();
            var options = captures.options(plan, patience);
            var watching = captures.watching(plan, concerned, progress);
            var damaged = new HashMap<UUID, UnusableSnapshotException>();
            boolean taken = false;
            while (!taken) {
                try (var frozen = captures.frozen(commands.jobId(), concerned)) {
                    var capturing = new GroupCapturing(commands, frozen, staging, options, watching);
                    taken = taken(plan, capturing, damaged);
                }
            }
        }
        return new GroupTaken(recorded(plan));
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
    private boolean taken(GroupPlan plan, GroupCapturing capturing, Map<UUID, UnusableSnapshotException> damaged) {
        try (var members = new GroupMembers()) {
            for (var wanted : plan.members()) {
                members.add(begin(wanted, capturing, damaged));
            }
            var captured = capturing.run(members);
            groups.publish(plan, () -> members.map(member -> member.publish(plan, captured)));
            return true;
        } catch (GroupMembers.DamagedParent parent) {
            damaged.put(parent.databaseId(), parent.damage());
            return false;
        }
    }

    private GroupMember begin(
            GroupPlan.Member wanted, GroupCapturing capturing, Map<UUID, UnusableSnapshotException> damaged) {
        var database = databases.find(wanted.databaseId()).orElseThrow();
        try {
            var damage = damaged.get(database.id());
            var draft = damage == null ? drafts.begin(database, Method.SCAN) : drafts.beginWithout(damage, database);
            return member(wanted, database, draft, capturing);
        } catch (ProblemException e) {
            throw GroupMembers.failure(database.name(), e);
        }
    }

    private GroupMember member(GroupPlan.Member wanted, Database database, Draft draft, GroupCapturing capturing) {
        try {
            var scan = captures.scan(
                    database,
                    capturing.options(),
                    capturing.lock(database),
                    capturing.progress().about(database.name()));
            return new GroupMember(database, wanted.snapshotId(), draft, scan);
        } catch (RuntimeException | Error e) {
            draft.close();
            throw e;
        }
    }
}
