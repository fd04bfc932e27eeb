package dev.afterimage.restore;

import dev.afterimage.sqlite.CheckLevel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;

/**
 * What a restore is to make.
 *
 * @param jobId names the temporary file beside the target
 * @param check how to check the restored file before it gets its name
 */
public record RestorePlan(UUID jobId, UUID snapshotId, Path target, Optional<CheckLevel> check) {}
