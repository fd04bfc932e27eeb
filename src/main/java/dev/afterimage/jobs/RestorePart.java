package dev.afterimage.jobs;

import dev.afterimage.catalog.Snapshot;
import dev.afterimage.restore.PreparedRestore;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.Restored;
import dev.afterimage.sqlite.LiveTargetException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One of the restores of a job, from when its content is ready to be put. */
final class RestorePart implements AutoCloseable {

    private final RestoreItem item;
    private final PreparedRestore prepared;
    private final SafetySnapshots safetySnapshots;
    private SafetySnapshot safety = SafetySnapshot.notWanted();
    private @Nullable Restored restored;
    private boolean targetChanged;

    RestorePart(RestoreItem item, PreparedRestore prepared, SafetySnapshots safetySnapshots) {
        this.item = item;
        this.prepared = prepared;
        this.safetySnapshots = safetySnapshots;
    }

    void protect(RunningJob run, Duration patience) {
        safety = safetySnapshots.before(item, run, patience);
    }

    void put(Duration patience, RunningJob run) {
        try {
            restored = prepared.put(patience, safety, run);
            targetChanged = true;
        } catch (LiveTargetException.Unproven e) { // the one failure that comes after the change
            targetChanged = true;
            throw e;
        }
    }

    boolean targetChanged() {
        return targetChanged;
    }

    RestoreItem item() {
        return item;
    }

    @Nullable
    Snapshot safetySnapshot() {
        return safety.ofStateBefore().orElse(null);
    }

    /** Of a part that was put. */
    Map<String, Object> result() {
        var result = new LinkedHashMap<String, Object>();
        if (restored == null) {
            throw new IllegalStateException(item + " was not put");
        }
        result.put("snapshotId", item.snapshotId().toString());
        result.put("path", restored.path().toString());
        result.put("mode", item.target().mode().name());
        if (restored.sha256() != null) {
            result.put("sha256", restored.sha256());
        }
        if (restored.oldFiles() != null) {
            result.put("oldFiles", restored.oldFiles().toString());
        }
        safety.ofStateBefore()
                .ifPresent(
                        snapshot -> result.put("safetySnapshot", snapshot.id().toString()));
        if (item.allowDamaged()) {
            result.put("lostPages", restored.lostPages());
        }
        result.put("lockHeldMillis", restored.lockHeld().toMillis());
        result.put(
                "notes",
                Stream.concat(restored.notes().stream(), safety.notes().stream())
                        .toList());
        return result;
    }

    /** Removes what is not needed any more: of a target that is as it was, also its safety snapshot. */
    @Override
    public void close() {
        try (prepared) {
            if (targetChanged) {
                safetySnapshots.settle(safety);
            } else {
                safetySnapshots.discard(safety);
            }
        }
    }
}
