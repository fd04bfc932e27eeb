package dev.afterimage.catalog.snapshots;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * How a drill went.
 *
 * @param snapshotId that was restored; it may have been deleted since
 * @param level QUICK or FULL
 * @param bytes of the restored file
 * @param messages what was wrong; none when it passed
 */
public record DrillResult(
        UUID id,
        UUID jobId,
        UUID databaseId,
        UUID snapshotId,
        Instant snapshotCreatedAt,
        String level,
        boolean passed,
        Instant finishedAt,
        long restoreMillis,
        long checkMillis,
        long bytes,
        List<String> messages) {

    public long durationMillis() {
        return restoreMillis + checkMillis;
    }
}
