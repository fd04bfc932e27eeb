package dev.afterimage.jobs.work;

import dev.afterimage.backup.Backup;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.Import;
import dev.afterimage.backup.ImportPlan;
import dev.afterimage.backup.JobCommands;
import dev.afterimage.backup.Method;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotFilter;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.restore.Restore;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.retention.SnapshotRemoval;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.StagingProblem;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.replace.LockedState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Snapshots of databases before restores replace them, labelled with the job and therefore pinned. */
@Component
class SafetySnapshots {

    /** More than a job can have taken. */
    private static final int MOST = 1_000;

    /** Nobody can write meanwhile, so what keeps a reader out passes at once. */
    private static final Duration LONGEST_LOCKED = Duration.ofSeconds(2);

    private static final Logger log = LoggerFactory.getLogger(SafetySnapshots.class);

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

    /**
     * Takes one of an item's target, if it wants one. Applications may commit afterwards.
     *
     * @param earlier of an attempt whose process died when it was about to replace the database, or had; null for none
     */
    SafetySnapshot before(RestoreItem item, RunningJob run, @Nullable UUID earlier, Duration patience) {
        if (!item.safetySnapshot()) {
            return SafetySnapshot.NOT_WANTED;
        }
        var database = databaseOf(item);
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.AUTO, labels(run.job()), 0);
        try {
            var commands = JobCommands.none(run.job().id()); // as none run before and after restores
            var taken = backup.run(commands, database, plan, patience, emptyDirectory(run, database), run);
            return new SafetySnapshot(taken, null, earlier == null ? null : stillNeeded(earlier, taken));
        } catch (SourceException.Corrupt e) {
            throw new ProblemException(
                    Problem.of(
                            e.code(),
                            "No safety snapshot can be taken: " + e.getMessage(),
                            "Repeat the restore with \"safetySnapshot\": false, or stop the application and use REPLACE_FILE,"
                                    + " which keeps the damaged file.",
                            e.problem().properties()),
                    e);
        }
    }

    private static UUID databaseOf(RestoreItem item) {
        return Objects.requireNonNull(item.target().databaseId(), "only registered databases have snapshots");
    }

    /**
     * Null when the earlier attempt has not replaced the database, since then the new one has all of it: replacing the content
     * of a live database increases its schema cookie.
     */
    private @Nullable Snapshot stillNeeded(UUID earlier, Snapshot taken) {
        var before = snapshots.find(earlier).orElse(null);
        if (before != null && restore.schemaCookie(before) == restore.schemaCookie(taken)) {
            delete(before);
            return null;
        }
        return before;
    }

    /** The one that an earlier attempt took, of a target that it has replaced. */
    SafetySnapshot of(@Nullable UUID earlier) {
        var before = earlier == null ? null : snapshots.find(earlier).orElse(null);
        return new SafetySnapshot(null, null, before);
    }

    /**
     * Takes one of the state that is about to be replaced, which nobody can change any more.
     *
     * @param progress can cancel, and so end the replacement
     */
    Snapshot of(LockedState state, RestoreItem item, RunningJob run, PageProgress progress) {
        if (state.isOpenToReaders()) {
            try {
                return scanned(state, item, run, progress);
            } catch (SourceException e) {
                log.info(
                        "{} is copied, as it cannot be scanned: {}",
                        item.target().path(),
                        e.getMessage());
            }
        }
        var copy = emptyDirectory(run, databaseOf(item)).resolve("locked-" + UUID.randomUUID() + ".db");
        state.copyTo(copy, progress);
        var plan = new ImportPlan(TimeOrderedId.next(clock), clock.instant(), labels(run.job()), true, List.of());
        return imports.runLocked(databaseOf(item), plan, copy, progress);
    }

    /** Reads less than a copy does, and waits for no disk to take one: only what no earlier snapshot has is stored. */
    private Snapshot scanned(LockedState state, RestoreItem item, RunningJob run, PageProgress progress) {
        var database = databaseOf(item);
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.SCAN, labels(run.job()), 0);
        var taken = backup.runLocked(
                run.job().id(), database, plan, LONGEST_LOCKED, emptyDirectory(run, database), progress);
        try {
            state.requireUnreplaced();
            return taken;
        } catch (SourceException e) { // it is of another file
            delete(taken);
            throw e;
        }
    }

    private static Path emptyDirectory(RunningJob run, UUID database) {
        var directory = run.staging().resolve("safety-" + database);
        try {
            return Files.createDirectories(directory);
        } catch (IOException e) {
            throw StagingProblem.of(directory, e);
        }
    }

    private static Map<String, String> labels(Job job) {
        return Map.of(Snapshot.SAFETY_OF, job.id().toString());
    }

    /** Deletes what is not needed because the replacement happened: the snapshot that lacks the last commits. */
    void settle(SafetySnapshot safety) {
        if (safety.superseded() != null) {
            delete(safety.superseded());
        }
    }

    /** Deletes what this attempt has taken because the replacement did not happen. */
    void discard(SafetySnapshot safety) {
        settle(safety);
        if (safety.taken() != null) {
            delete(safety.taken());
        }
    }

    /** Deletes what attempts of a job took that died before they came to replace the item's target. */
    void discardAll(RestoreItem item, Job job) {
        var label = Snapshot.SAFETY_OF + "=" + job.id();
        var filter = new SnapshotFilter(null, null, null, null, null, label);
        snapshots.list(filter, null, MOST).items().stream()
                .filter(snapshot -> snapshot.databaseId().equals(item.target().databaseId()))
                .forEach(this::delete);
    }

    private void delete(Snapshot snapshot) {
        snapshots.change(snapshot.id(), null, false, false, null);
        removal.discard(snapshot.id());
    }
}
