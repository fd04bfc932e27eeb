package dev.afterimage.backup;

import dev.afterimage.sqlite.live.Steps;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a backup is to make.
 *
 * @param snapshotId given beforehand, so that a job that is run again finds what its earlier attempt published
 * @param maxBytesPerSecond how fast the source may be read; 0 for no limit
 * @param maxWalBytes how large a WAL may get while it is captured; null for as it is configured
 * @param steps in which method ONLINE copies
 */
public record BackupPlan(
        UUID snapshotId,
        Method method,
        Map<String, String> labels,
        long maxBytesPerSecond,
        @Nullable Long maxWalBytes,
        Steps steps) {

    /** With the configured limit of the WAL, and in steps as usual. */
    public BackupPlan(UUID snapshotId, Method method, Map<String, String> labels, long maxBytesPerSecond) {
        this(snapshotId, method, labels, maxBytesPerSecond, null, Steps.USUAL);
    }
}
