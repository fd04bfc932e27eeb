package dev.afterimage.restore;

import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where a restore writes.
 *
 * @param path absolute, its directory without symbolic links
 * @param databaseId the database that is registered at the path; null when none is
 */
public record RestoreTarget(
        Path path, TargetMode mode, @Nullable UUID databaseId) {}
