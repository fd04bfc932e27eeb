package dev.afterimage.repository.format;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.storage.StorageException;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The storage is there, and does not give out what it has of a snapshot: a bad sector, missing permissions. That is no damage, since
 * nothing was read that is wrong; nor does it concern other snapshots than those that need the same object.
 */
public final class SnapshotUnreadableException extends UnusableSnapshotException {

    private final String reason;

    public SnapshotUnreadableException(UUID snapshotId, @Nullable UUID layerId, StorageException.Unreachable cause) {
        super(
                ProblemCode.STORAGE_UNREACHABLE,
                snapshotId,
                layerId,
                "%s cannot be read: %s".formatted(part(layerId), cause.getMessage()),
                Map.of(),
                cause);
        this.reason = String.valueOf(cause.getMessage());
    }

    /** Why it cannot be read, for people. */
    public String reason() {
        return reason;
    }
}
