package dev.afterimage.jobs;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.sqlite.CheckLevel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a job is to do, as it is kept in the catalog. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = JobSpec.Backup.class, name = "BACKUP"),
    @JsonSubTypes.Type(value = JobSpec.Check.class, name = "CHECK"),
    @JsonSubTypes.Type(value = JobSpec.Restore.class, name = "RESTORE")
})
public sealed interface JobSpec {

    /** Capture {@code databaseId} and, unless {@code verify} is NONE, check what was stored. */
    record Backup(UUID databaseId, BackupPlan plan, Verify verify, Duration deadline) implements JobSpec {}

    /** Prove that a snapshot can be restored. */
    record Check(UUID snapshotId, CheckLevel level, Duration deadline) implements JobSpec {}

    /** Write a snapshot to a new file. */
    record Restore(UUID snapshotId, Path target, Verify verify, Duration deadline) implements JobSpec {}

    /** How long, from its first start, the job may wait for obstacles that pass by themselves. */
    Duration deadline();

    default JobKind kind() {
        return switch (this) {
            case Backup backup -> JobKind.BACKUP;
            case Check check -> JobKind.CHECK;
            case Restore restore -> JobKind.RESTORE;
        };
    }

    /** The database that no other job may change while this one runs; null when it changes none. */
    default @Nullable UUID reserves() {
        return switch (this) {
            case Backup backup -> backup.databaseId();
            case Check check -> null;
            case Restore restore -> null;
        };
    }
}
