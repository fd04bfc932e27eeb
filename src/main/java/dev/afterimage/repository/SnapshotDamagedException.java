package dev.afterimage.repository;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the storage has is not what was written for a snapshot. None of the bytes concerned were given out. */
public final class SnapshotDamagedException extends ProblemException {

    private final UUID snapshotId;
    private final @Nullable String layerId;
    private final String found;

    SnapshotDamagedException(UUID snapshotId, @Nullable String layerId, String found, @Nullable Throwable cause) {
        super(ProblemCode.SNAPSHOT_DAMAGED, "Snapshot %s: %s".formatted(snapshotId, damage(layerId, found)), cause);
        this.snapshotId = snapshotId;
        this.layerId = layerId;
        this.found = found;
    }

    private static String damage(@Nullable String layerId, String found) {
        return "%s: %s".formatted(layerId == null ? "manifest" : "layer " + layerId, found);
    }

    /** What is wrong with what, for people. */
    public String damage() {
        return damage(layerId, found);
    }

    public UUID snapshotId() {
        return snapshotId;
    }

    /** The layer that is damaged, or null when it is the manifest. */
    public @Nullable String layerId() {
        return layerId;
    }

    /** What is wrong with it. */
    public String found() {
        return found;
    }

    @Override
    protected Map<String, Object> properties() {
        var properties = new LinkedHashMap<String, Object>();
        properties.put("snapshotId", snapshotId.toString());
        if (layerId != null) {
            properties.put("layerId", layerId);
        }
        properties.put("found", found);
        return properties;
    }
}
