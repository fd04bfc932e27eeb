package dev.afterimage.repository.format;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A snapshot cannot be read whole, nor built on, while others may well be. None of the bytes concerned were given out. */
public abstract sealed class UnusableSnapshotException extends ProblemException
        permits SnapshotDamagedException, SnapshotUnreadableException {

    private final UUID snapshotId;
    private final @Nullable UUID layerId;

    /** @param more properties, beside the ids */
    UnusableSnapshotException(
            ProblemCode code,
            UUID snapshotId,
            @Nullable UUID layerId,
            String detail,
            Map<String, Object> more,
            @Nullable Throwable cause) {
        super(
                Problem.of(
                        code, "Snapshot %s: %s".formatted(snapshotId, detail), properties(snapshotId, layerId, more)),
                cause);
        this.snapshotId = snapshotId;
        this.layerId = layerId;
    }

    private static Map<String, Object> properties(UUID snapshotId, @Nullable UUID layerId, Map<String, Object> more) {
        var properties = new LinkedHashMap<>(more);
        properties.put("snapshotId", snapshotId.toString());
        if (layerId != null) {
            properties.put("layerId", layerId.toString());
        }
        return properties;
    }

    /** How texts name the part that is concerned. */
    static String part(@Nullable UUID layerId) {
        return layerId == null ? "manifest" : "layer " + layerId;
    }

    public UUID snapshotId() {
        return snapshotId;
    }

    /** The layer that is concerned, or null when it is the manifest. */
    public @Nullable UUID layerId() {
        return layerId;
    }
}
