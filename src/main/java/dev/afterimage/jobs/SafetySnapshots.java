package dev.afterimage.jobs;

import dev.afterimage.backup.Backup;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.Import;
import dev.afterimage.backup.ImportPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.SnapshotFilter;
import dev.afterimage.catalog.Snapshots;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.restore.Restore;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.retention.SnapshotRemoval;
import dev.afterimage.sqlite.LockedState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Snapshots of databases before restores replace them, labelled with the job and therefore pinned. */
@Component
class SafetySnapshots {

    private final Backup backup;
    private final Import imports;
    private final Snapshots snapshots;
    private final SnapshotRemoval removal;
    private final Restore restore;
    private final Clock clock;

    SafetySnapshots(
            Backup backup, Import imports, Snapshots snapshots, SnapshotRemoval removal, Restore restore, Clock clock) {
        this.backup = backup;
        this.imports = imports;
        this.snapshots = snapshots;
        this.removal = removal;
        this.restore = restore;
        this.clock = clock;
    }

    /** Takes one of an item's target, if it wants one. */
    SafetySnapshot before(RestoreItem item, RunningJob run, Duration patience) {
        if (!item.safetySnapshot()) {
            return SafetySnapshot.notWanted();
        }
        var database = Objects.requireNonNull(item.target().databaseId(), "only registered databases have snapshots");
        var earlier = ofEarlierAttempts(run.job(), database);
        var staging = emptyDirectory(run, database);
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.AUTO, labels(run.job()), 0);
        var taken = backup.run(database, plan, patience, staging, run);
        return new SafetySnapshot(
                settled(earlier, taken), taken, state -> capture(state, database, run, staging.resolve("locked.db")));
    }

    /** Oldest first. */
    private List<Snapshot> ofEarlierAttempts(Job job, UUID database) {
        var label = BackupPlan.SAFETY_OF + "=" + job.id();
        var filter = new SnapshotFilter(null, null, null, null, null, label);
        return snapshots.list(filter, null, 100).items().reversed().stream()
                .filter(snapshot -> snapshot.databaseId().equals(database))
                .toList();
    }

    /**
     * An attempt whose process died may have replaced the database: then the schema cookie has increased since the snapshot that it
     * took before, and that one is still needed. The others have nothing that the new one has not.
     */
    private @Nullable Snapshot settled(List<Snapshot> earlier, Snapshot taken) {
        long cookie = restore.schemaCookie(taken);
        var before = earlier.stream()
                .filter(snapshot -> restore.schemaCookie(snapshot) != cookie)
                .findFirst()
                .orElse(null);
        earlier.stream().filter(snapshot -> snapshot != before).forEach(this::delete);
        return before;
    }

    private static Path emptyDirectory(RunningJob run, UUID database) {
        try {
            return Files.createDirectories(run.staging().resolve("safety-" + database));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, String> labels(Job job) {
        return Map.of(BackupPlan.SAFETY_OF, job.id().toString());
    }

    private Snapshot capture(LockedState state, UUID database, RunningJob run, Path copy) {
        state.copyTo(copy, run);
        var now = clock.instant();
        var plan = new ImportPlan(TimeOrderedId.next(clock), now, labels(run.job()), true, List.of());
        return imports.run(database, plan, copy, run);
    }

    /** Deletes what is not needed because the replacement happened: the snapshot that lacks the last commits. */
    void settle(SafetySnapshot safety) {
        safety.superseded().ifPresent(this::delete);
    }

    /** Deletes all of it because the replacement did not happen. */
    void discard(SafetySnapshot safety) {
        settle(safety);
        safety.taken().ifPresent(this::delete);
    }

    private void delete(Snapshot snapshot) {
        snapshots.change(snapshot.id(), null, false, false, null);
        removal.discard(snapshot.id());
    }
}
