package dev.afterimage.jobs.queue;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.GroupPlan;
import dev.afterimage.backup.ImportPlan;
import dev.afterimage.check.Assertion;
import dev.afterimage.check.DrillChoice;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.recovery.RebuildOrder;
import dev.afterimage.repair.RepairOrder;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.sqlite.check.CheckLevel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a job is to do, as it is kept in the catalog. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = JobSpec.Backup.class, name = "BACKUP"),
    @JsonSubTypes.Type(value = JobSpec.GroupBackup.class, name = "GROUP_BACKUP"),
    @JsonSubTypes.Type(value = JobSpec.Import.class, name = "IMPORT"),
    @JsonSubTypes.Type(value = JobSpec.Check.class, name = "CHECK"),
    @JsonSubTypes.Type(value = JobSpec.Drill.class, name = "DRILL"),
    @JsonSubTypes.Type(value = JobSpec.Restore.class, name = "RESTORE"),
    @JsonSubTypes.Type(value = JobSpec.GroupRestore.class, name = "GROUP_RESTORE"),
    @JsonSubTypes.Type(value = JobSpec.RepositoryCheck.class, name = "REPOSITORY_CHECK"),
    @JsonSubTypes.Type(value = JobSpec.Rebuild.class, name = "REBUILD"),
    @JsonSubTypes.Type(value = JobSpec.Prune.class, name = "PRUNE"),
    @JsonSubTypes.Type(value = JobSpec.Copy.class, name = "COPY"),
    @JsonSubTypes.Type(value = JobSpec.Repair.class, name = "REPAIR")
})
public sealed interface JobSpec {

    /** A job that makes snapshots, of databases that no other job may change meanwhile. */
    sealed interface Making extends JobSpec {
        @Override
        List<UUID> reserves();

        @Override
        List<UUID> makes();
    }

    /** A job that makes its snapshots of live databases. */
    sealed interface Capturing extends Making {}

    /** A job that gives files or databases the content of snapshots. */
    sealed interface Restoring extends JobSpec {
        @Override
        List<RestoreItem> restores();
    }

    /** A job after which there is nothing new but what it tells. */
    sealed interface Keeping extends JobSpec {}

    /** Capture {@code databaseId} and, unless {@code verify} is NONE, check what was stored. */
    record Backup(UUID databaseId, BackupPlan plan, VerifyLevel verify, Duration deadline) implements Capturing {
        @Override
        public List<UUID> reserves() {
            return List.of(databaseId);
        }

        @Override
        public List<UUID> makes() {
            return List.of(plan.snapshotId());
        }
    }

    /** Capture several databases at one moment and, unless {@code verify} is NONE, check what was stored. */
    record GroupBackup(GroupPlan plan, VerifyLevel verify, Duration deadline) implements Capturing {
        @Override
        public List<UUID> reserves() {
            return plan.databaseIds();
        }

        @Override
        public List<UUID> makes() {
            return plan.snapshotIds();
        }
    }

    /** Check the file that was received for the plan's snapshot, and make that snapshot of it. */
    record Import(UUID databaseId, ImportPlan plan, CheckLevel level, Duration deadline) implements Making {
        @Override
        public List<UUID> reserves() {
            return List.of(databaseId);
        }

        @Override
        public List<UUID> makes() {
            return List.of(plan.snapshotId());
        }
    }

    /**
     * Prove that a snapshot can be restored.
     *
     * @param copy of the repository that alone is read; null for the repository alone
     */
    record Check(
            UUID snapshotId, CheckLevel level, @Nullable String copy, Duration deadline) implements Keeping {}

    /**
     * Restore a snapshot of {@code databaseId} to staging, as a proof.
     *
     * @param snapshotId the one that was asked for; null where {@code choice} tells
     * @param copy of the repository that alone is read; null for the repository alone
     */
    record Drill(
            UUID databaseId,
            DrillChoice choice,
            @Nullable UUID snapshotId,
            CheckLevel level,
            @Nullable String copy,
            List<Assertion> assertions,
            Duration deadline)
            implements Keeping {
        public Drill {
            assertions = List.copyOf(assertions);
        }
    }

    /** Make a database file of a snapshot, or give a database its content. */
    record Restore(RestoreItem item, Verify verify, Duration deadline) implements Restoring {
        @Override
        public List<RestoreItem> restores() {
            return List.of(item);
        }
    }

    /**
     * The same with several snapshots: no target changes before all can be expected to.
     *
     * @param groupId of the group whose snapshots they are; null for states of one moment
     */
    record GroupRestore(@Nullable UUID groupId, List<RestoreItem> items, Verify verify, Duration deadline)
            implements Restoring {
        public GroupRestore {
            items = List.copyOf(items);
        }

        @Override
        public List<RestoreItem> restores() {
            return items;
        }
    }

    /** Compare stored layers with their checksums: that part of all their bytes, above 0 and at most 1. */
    record RepositoryCheck(double share, Duration deadline) implements Keeping {}

    /** Give what only the repository knows its rows in the catalog. */
    record Rebuild(RebuildOrder order, Duration deadline) implements Keeping {}

    /** Delete the snapshots that have to go. */
    record Prune(PruneOrder order, Duration deadline) implements Keeping {}

    /**
     * Copy what a copy of the repository lacks.
     *
     * @param copy its name
     * @param anew whether a place that had it, and is empty now, gets it again
     * @param all whether all that lies in both places is compared, and not only looked for what is new
     */
    record Copy(String copy, boolean anew, boolean all, Duration deadline) implements Keeping {}

    /** Bring back from copies what the repository has lost. */
    record Repair(RepairOrder order, Duration deadline) implements Keeping {}

    /** What this version cannot read, since a newer one wrote it, or it is damaged: the job can be seen and cancelled, and fails when it is run. */
    record Unreadable() implements Keeping {
        @Override
        public Duration deadline() {
            return Duration.ZERO;
        }
    }

    /** How long, from its first start, the job may wait for obstacles that pass by themselves. */
    Duration deadline();

    default JobKind kind() {
        return switch (this) {
            case Backup backup -> JobKind.BACKUP;
            case GroupBackup backup -> JobKind.GROUP_BACKUP;
            case Import file -> JobKind.IMPORT;
            case Check check -> JobKind.CHECK;
            case Drill drill -> JobKind.DRILL;
            case Restore restore -> JobKind.RESTORE;
            case GroupRestore restore -> JobKind.GROUP_RESTORE;
            case RepositoryCheck check -> JobKind.REPOSITORY_CHECK;
            case Rebuild rebuild -> JobKind.REBUILD;
            case Prune prune -> JobKind.PRUNE;
            case Copy copy -> JobKind.COPY;
            case Repair repair -> JobKind.REPAIR;
            case Unreadable unknown -> JobKind.UNKNOWN;
        };
    }

    /** The databases that no other job may change while this one runs. */
    default List<UUID> reserves() {
        return restores().stream()
                .map(item -> item.target().databaseId())
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    /** Ids of the snapshots that exist when the job has succeeded, and did not before. */
    default List<UUID> makes() {
        return List.of();
    }

    /** What the job restores to where. */
    default List<RestoreItem> restores() {
        return List.of();
    }
}
