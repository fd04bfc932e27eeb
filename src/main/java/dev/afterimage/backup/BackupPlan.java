package dev.afterimage.backup;

import java.util.Map;
import java.util.UUID;

/**
 * What a backup is to make.
 *
 * @param snapshotId given beforehand, so that a job that is run again finds what its earlier attempt published
 * @param maxBytesPerSecond how fast the source may be read; 0 for no limit
 */
public record BackupPlan(UUID snapshotId, Method method, Map<String, String> labels, long maxBytesPerSecond) {

    /**
     * The label of snapshots that were taken before a restore replaced their database; its value is the id of the restore's
     * job. They begin as pinned, also when a rebuild finds them again.
     */
    public static final String SAFETY_OF = "safety-of";
}
