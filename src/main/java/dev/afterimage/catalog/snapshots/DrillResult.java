package dev.afterimage.catalog.snapshots;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a drill went.
 *
 * @param snapshotId that was restored, or from which a moment could not be replayed; it may have been deleted since
 * @param level QUICK or FULL
 * @param copy of the repository that alone was read; null for the repository alone
 * @param bytes of the restored file
 * @param messages what was wrong; none when it passed
 * @param assertions that were made; none when the file did not pass its check
 */
public record DrillResult(
        UUID id,
        UUID jobId,
        UUID databaseId,
        UUID snapshotId,
        Instant snapshotCreatedAt,
        String level,
        @Nullable String copy,
        boolean passed,
        Instant finishedAt,
        long restoreMillis,
        long checkMillis,
        long bytes,
        List<String> messages,
        List<AssertionResult> assertions) {

    public long durationMillis() {
        return restoreMillis + checkMillis;
    }
}
