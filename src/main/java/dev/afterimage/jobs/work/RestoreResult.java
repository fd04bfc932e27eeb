package dev.afterimage.jobs.work;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.Restored;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is told of a restore. */
final class RestoreResult {

    private static final String DIED =
            "The service died after the target had changed and before it was read back: run a check on it before you rely on it.";

    private static final String DIED_SALVAGING =
            "The service died when the file had its name: which pages are lost is not known any more. Salvage it once more to learn.";

    private RestoreResult() {}

    /** Of a target that has changed, should the process die before more can be told. */
    static Map<String, Object> unfinished(RestoreItem item, @Nullable Snapshot safety) {
        var result = about(item, safety == null ? null : safety.id());
        result.put("notes", List.of(DIED));
        return result;
    }

    /** Of a target of which the files tell that an attempt has changed it whose process died. */
    static Map<String, Object> ofDeadAttempt(RestoreItem item, Restored restored, Optional<UUID> safety) {
        var result = about(item, safety.orElse(null));
        if (restored.oldFiles() != null) {
            result.put("oldFiles", restored.oldFiles().toString());
        }
        result.put("notes", item.allowDamaged() ? List.of(DIED_SALVAGING) : List.of());
        return result;
    }

    static Map<String, Object> of(RestoreItem item, Restored restored, @Nullable Snapshot safety, List<String> notes) {
        var result = about(item, safety == null ? null : safety.id());
        if (restored.sha256() != null) {
            result.put("sha256", restored.sha256());
        }
        if (restored.oldFiles() != null) {
            result.put("oldFiles", restored.oldFiles().toString());
        }
        if (restored.lostPages() != null) {
            result.put("lostPages", restored.lostPages());
        }
        result.put("lockHeldMillis", restored.lockHeld().toMillis());
        result.put("notes", notes);
        return result;
    }

    private static Map<String, Object> about(RestoreItem item, @Nullable UUID safety) {
        var result = new LinkedHashMap<String, Object>();
        result.put("snapshotId", item.snapshotId().toString());
        result.put("path", item.target().path().toString());
        result.put("mode", item.target().mode().name());
        if (safety != null) {
            result.put("safetySnapshot", safety.toString());
        }
        return result;
    }
}
