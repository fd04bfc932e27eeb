package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Captures a live database and publishes a snapshot of it. */
@Component
public class Backup {

    private final Databases databases;
    private final Drafts drafts;
    private final Repository repository;
    private final Snapshots snapshots;
    private final Captures captures;

    Backup(Databases databases, Drafts drafts, Repository repository, Snapshots snapshots, Captures captures) {
        this.databases = databases;
        this.drafts = drafts;
        this.repository = repository;
        this.snapshots = snapshots;
        this.captures = captures;
    }

    /**
     * Makes the snapshot that the plan names. Run again after a crash, it takes up a snapshot that was already published.
     *
     * @param commands that run while the database is held
     * @param patience how long to wait for a locked source
     * @param staging an empty directory for the copy that some methods make; the caller deletes it
     * @return the snapshot, published and in the catalog, not yet checked
     */
    public Snapshot run(
            JobCommands commands,
            UUID databaseId,
            BackupPlan plan,
            Duration patience,
            Path staging,
            PageProgress progress) {
        return run(commands, databaseId, plan, false, patience, staging, progress);
    }

    /**
     * The same by a caller who keeps others from writing the database, but not from reading it: the snapshot is of the state that is locked,
     * and what can be done later is left to the next one. No commands run.
     */
    public Snapshot runLocked(
            UUID jobId, UUID databaseId, BackupPlan plan, Duration patience, Path staging, PageProgress progress) {
        return run(JobCommands.none(jobId), databaseId, plan, true, patience, staging, progress);
    }

    private Snapshot run(
            JobCommands commands,
            UUID databaseId,
            BackupPlan plan,
            boolean locked,
            Duration patience,
            Path staging,
            PageProgress progress) {
        var database = databases.find(databaseId).orElseThrow();
        var manifest = repository.find(databaseId, plan.snapshotId()).orElseGet(() -> {
            var capturing = captures.of(commands, database, plan, patience, staging, progress);
            return take(database, plan, locked, capturing);
        });
        // Dying here leaves a manifest without a row: the job's next attempt finds it above and adds the row.
        snapshots.addNewest(SnapshotRows.of(manifest));
        return snapshots.get(plan.snapshotId());
    }

    private Manifest take(Database database, BackupPlan plan, boolean locked, Capturing capturing) {
        try (var draft = drafts.begin(database, plan.method())) {
            return take(draft, plan, locked, capturing);
        } catch (UnusableSnapshotException parent) { // never build on what cannot be read back
            try (var draft = drafts.beginWithout(parent, database)) {
                return take(draft, plan, locked, capturing);
            }
        }
    }

    private static Manifest take(Draft draft, BackupPlan plan, boolean locked, Capturing capturing) {
        var captured = capturing.by(plan.method(), draft);
        if (locked) {
            return draft.publishLocked(plan.snapshotId(), plan.labels(), captured);
        }
        return draft.publish(plan.snapshotId(), null, plan.labels(), captured);
    }
}
