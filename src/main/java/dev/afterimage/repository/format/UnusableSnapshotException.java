package dev.afterimage.repository.format;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A snapshot cannot be read whole, nor built on, while others may well be. None of the bytes concerned were given out. */
public abstract sealed class UnusableSnapshotException extends ProblemException
        permits SnapshotDamagedException, SnapshotUnreadableException {

    private final UUID snapshotId;
    private final @Nullable String layerId;

    UnusableSnapshotException(
            ProblemCode code, UUID snapshotId, @Nullable String layerId, String detail, @Nullable Throwable cause) {
        super(code, detail, cause);
        this.snapshotId = snapshotId;
        this.layerId = layerId;
    }

    /** How texts name the part that is concerned. */
    static String part(@Nullable String layerId) {
        return layerId == null ? "manifest" : "layer " + layerId;
    }

    public UUID snapshotId() {
        return snapshotId;
    }

    /** The layer that is concerned, or null when it is the manifest. */
    public @Nullable String layerId() {
        return layerId;
    }
}
