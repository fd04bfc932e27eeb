package dev.afterimage.repository.format;

import dev.afterimage.problem.ArchivedObject;
import dev.afterimage.storage.StorageException;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The storage is there, and does not give out what it has of a snapshot: a bad sector, missing permissions, an archive. That is no damage, since
 * nothing was read that is wrong; nor does it concern other snapshots than those that need the same object.
 */
public final class SnapshotUnreadableException extends UnusableSnapshotException {

    private final String reason;
    private final List<ArchivedObject> archived;

    public SnapshotUnreadableException(UUID snapshotId, @Nullable UUID layerId, StorageException.Unreachable cause) {
        super(
                cause.code(),
                snapshotId,
                layerId,
                "%s cannot be read: %s".formatted(part(layerId), cause.getMessage()),
                cause.problem().properties(),
                cause);
        this.archived = cause instanceof StorageException.Archived archive ? archive.objects() : List.of();
        this.reason = String.valueOf(cause.getMessage());
    }

    /** Why it cannot be read, for people. */
    public String reason() {
        return reason;
    }

    /** What has to be restored from an archive before it can be read; empty where that is not why. */
    public List<ArchivedObject> archived() {
        return archived;
    }
}
