package dev.afterimage.backup;

import java.util.Map;
import java.util.UUID;

/**
 * What a backup is to make.
 *
 * @param snapshotId given beforehand, so that a job that is run again finds what its earlier attempt published
 * @param maxBytesPerSecond how fast the source may be read; 0 for no limit
 */
public record BackupPlan(UUID snapshotId, Method method, Map<String, String> labels, long maxBytesPerSecond) {}
