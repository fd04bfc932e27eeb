package dev.afterimage.repository.format;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.storage.StorageException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The storage is there, and does not give out what it has of a snapshot: a bad sector, missing permissions. That is no damage, since
 * nothing was read that is wrong; nor does it concern other snapshots than those that need the same object.
 */
public final class SnapshotUnreadableException extends UnusableSnapshotException {

    private final String reason;

    public SnapshotUnreadableException(UUID snapshotId, @Nullable String layerId, StorageException.Unreachable cause) {
        super(
                ProblemCode.STORAGE_UNREACHABLE,
                snapshotId,
                layerId,
                "Snapshot %s: %s cannot be read: %s".formatted(snapshotId, part(layerId), cause.getMessage()),
                cause);
        this.reason = String.valueOf(cause.getMessage());
    }

    /** Why it cannot be read, for people. */
    public String reason() {
        return reason;
    }

    @Override
    protected Map<String, Object> properties() {
        var properties = new LinkedHashMap<String, Object>();
        properties.put("snapshotId", snapshotId().toString());
        if (layerId() != null) {
            properties.put("layerId", layerId());
        }
        return properties;
    }
}
