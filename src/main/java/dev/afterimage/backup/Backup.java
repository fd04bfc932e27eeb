package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.check.Quarantines;
import dev.afterimage.follow.Followers;
import dev.afterimage.follow.Moment;
import dev.afterimage.follow.Reached;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.CaptureFacts;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.log.DamagedSegmentException;
import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Captures a live database and publishes a snapshot of it. */
@Component
public class Backup {

    private static final Logger log = LoggerFactory.getLogger(Backup.class);

    private final Databases databases;
    private final Drafts drafts;
    private final Repository repository;
    private final Snapshots snapshots;
    private final Captures captures;
    private final LogSnapshots logs;
    private final LogComparison comparison;
    private final Followers followers;
    private final LogChains chains;
    private final Quarantines quarantines;

    Backup(
            Databases databases,
            Drafts drafts,
            Repository repository,
            Snapshots snapshots,
            Captures captures,
            LogSnapshots logs,
            LogComparison comparison,
            Followers followers,
            LogChains chains,
            Quarantines quarantines) {
        this.databases = databases;
        this.drafts = drafts;
        this.repository = repository;
        this.snapshots = snapshots;
        this.captures = captures;
        this.logs = logs;
        this.comparison = comparison;
        this.followers = followers;
        this.chains = chains;
        this.quarantines = quarantines;
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
            var moment =
                    mayBeOfLog(commands, database, plan, locked) ? logs.newest(database) : Optional.<Moment>empty();
            return moment.flatMap(newest -> takeOfLog(database, plan, newest, progress))
                    .orElseGet(() -> {
                        var capturing = captures.of(commands, database, plan, patience, staging, progress);
                        return take(database, plan, locked, capturing);
                    });
        });
        // Dying here leaves a manifest without a row: the job's next attempt finds it above and adds the row.
        snapshots.addNewest(SnapshotRows.of(manifest));
        compare(database, manifest);
        return snapshots.get(plan.snapshotId());
    }

    /** A backup is none the worse for a log that cannot be compared with it. */
    private void compare(Database database, Manifest manifest) {
        var span = manifest.capture().log();
        if (span != null && !manifest.capture().method().equals(LogSnapshots.METHOD)) {
            try {
                comparison.run(database, manifest, span);
            } catch (ProblemException e) {
                log.warn("The log of '{}' could not be compared with it: {}", database.name(), e.getMessage());
            }
        }
    }

    /** A command that is to run while the database is held wants it held. */
    private static boolean mayBeOfLog(JobCommands commands, Database database, BackupPlan plan, boolean locked) {
        return plan.method() == Method.AUTO && !locked && commands.of(database).isEmpty();
    }

    /** Empty where the log, or the snapshot from which it is replayed, cannot be read: then the database is read. */
    private Optional<Manifest> takeOfLog(Database database, BackupPlan plan, Moment moment, PageProgress progress) {
        try {
            return Optional.of(logs.take(database, plan, moment, progress));
        } catch (UnusableSnapshotException anchor) {
            quarantines.met(anchor, database.id(), database.name());
        } catch (DamagedSegmentException e) {
            log.warn("'{}' is read, because its log cannot be: {}", database.name(), e.getMessage());
        }
        return Optional.empty();
    }

    private Manifest take(Database database, BackupPlan plan, boolean locked, Capturing capturing) {
        try (var draft = drafts.begin(database, plan.method())) {
            return take(database, draft, plan, locked, capturing);
        } catch (UnusableSnapshotException parent) { // never build on what cannot be read back
            try (var draft = drafts.beginWithout(parent, database)) {
                return take(database, draft, plan, locked, capturing);
            }
        }
    }

    private Manifest take(Database database, Draft draft, BackupPlan plan, boolean locked, Capturing capturing) {
        var before = followers.reached(database.id());
        var captured = capturing.by(plan.method(), draft);
        captured = captured.within(span(before, captured, database));
        if (locked) {
            return draft.publishLocked(plan.snapshotId(), plan.labels(), captured);
        }
        return draft.publish(plan.snapshotId(), null, plan.labels(), captured);
    }

    /** What is taken after the state was pinned has all that is in it. */
    private CaptureFacts.@Nullable LogSpan span(Optional<Reached> before, Captured captured, Database database) {
        if (before.isEmpty() || !captured.used().keepsPages()) {
            return null;
        }
        return followers
                .takeNow(database.id())
                .filter(after -> after.chain().equals(before.get().chain()))
                .map(after ->
                        new CaptureFacts.LogSpan(after.chain(), before.get().commit(), after.commit(), takenAt(after)))
                .orElse(null);
    }

    /** The last commit of the chain before is older than this one's beginning. */
    private Instant takenAt(Reached reached) {
        return chains.find(reached.chain())
                .map(LogChain::begunAt)
                .filter(begun -> begun.isAfter(reached.takenAt()))
                .orElse(reached.takenAt());
    }
}
