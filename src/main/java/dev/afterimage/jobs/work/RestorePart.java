package dev.afterimage.jobs.work;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.restore.PreparedRestore;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.Restored;
import dev.afterimage.restore.TargetException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.replace.LockedState;
import dev.afterimage.sqlite.replace.UnprovenException;
import dev.afterimage.sqlite.replace.WhenChanged;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One of the restores of a job, from when its content is ready to be put. */
final class RestorePart implements WhenChanged, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(RestorePart.class);

    private final RestoreItem item;
    private final PreparedRestore prepared;
    private final RunningJob run;
    private final SafetySnapshots safetySnapshots;
    private final RestoredTargets targets;
    private SafetySnapshot safety = SafetySnapshot.NOT_WANTED;
    private PageProgress progress = PageProgress.NONE;
    private boolean targetChanged;

    RestorePart(
            RestoreItem item,
            PreparedRestore prepared,
            RunningJob run,
            SafetySnapshots safetySnapshots,
            RestoredTargets targets) {
        this.item = item;
        this.prepared = prepared;
        this.run = run;
        this.safetySnapshots = safetySnapshots;
        this.targets = targets;
    }

    void protect(Duration patience) {
        var earlier = targets.safetySnapshot(run.job().id(), item).orElse(null);
        safety = prepared.isPut() // by an attempt whose process died: what is there now is not the state before
                ? safetySnapshots.of(earlier)
                : safetySnapshots.before(item, run, earlier, patience);
    }

    /** @return the part of the job's result that is about this target */
    Map<String, Object> put(Duration patience, PageProgress progress) {
        this.progress = progress;
        begin();
        try {
            var restored = prepared.put(patience, this, progress);
            targetChanged = true; // dying before the next line, it is found out by the names of the files
            var result = result(restored, List.of());
            targets.changed(run.job().id(), item, result);
            var untidy = prepared.tidy();
            return untidy.isEmpty() ? result : result(restored, untidy);
        } catch (RuntimeException | Error e) {
            targetChanged |= isNotAsBefore(e) || mayBePut(e);
            throw e;
        }
    }

    private static boolean isNotAsBefore(Throwable failure) {
        return failure instanceof UnprovenException
                || failure instanceof TargetException.Displaced
                || failure instanceof TargetException.TakenMeanwhile;
    }

    private boolean mayBePut(Throwable failure) {
        try {
            return prepared.isPut();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            return true;
        }
    }

    /** Dying before this leaves the target as it is, and a safety snapshot that the next start deletes; after it, one that stays. */
    private void begin() {
        targets.begin(
                run.job().id(), item, safety.ofStateBefore().map(Snapshot::id).orElse(null));
    }

    @Override
    public void keep(LockedState state) {
        if (item.safetySnapshot()) {
            safety = safety.replacedBy(safetySnapshots.of(state, item, run, progress));
            begin();
        }
    }

    @Override
    public void replaced() {
        targetChanged = true;
        targets.changed(run.job().id(), item, RestoreResult.unfinished(item, safetySnapshot()));
    }

    private Map<String, Object> result(Restored restored, List<String> more) {
        var notes = Stream.of(restored.notes(), safety.notes(), more)
                .flatMap(List::stream)
                .toList();
        return RestoreResult.of(item, restored, safetySnapshot(), notes);
    }

    RestoreItem item() {
        return item;
    }

    boolean targetChanged() {
        return targetChanged;
    }

    @Nullable
    Snapshot safetySnapshot() {
        return safety.ofStateBefore().orElse(null);
    }

    /**
     * Removes what is not needed any more: of a target that is as it was, also its safety snapshot. Once the target has changed, no
     * failure to do so is the job's: it must neither fail nor be tried again.
     */
    @Override
    public void close() {
        if (!targetChanged) {
            discard();
            return;
        }
        try (prepared) {
            safetySnapshots.settle(safety);
        } catch (RuntimeException e) {
            log.warn(
                    "Job {} left something behind that it did not need any more",
                    run.job().id(),
                    e);
        }
    }

    private void discard() {
        try {
            prepared.close();
            targets.forget(run.job().id(), item); // else the next start tries to remove what is left
        } finally {
            safetySnapshots.discard(safety);
        }
    }
}
