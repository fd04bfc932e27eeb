package dev.afterimage.repair;

import org.jspecify.annotations.Nullable;

/**
 * What a repair is to do.
 *
 * @param from the name of the copy to read; null for all of them
 * @param dryRun whether to change nothing and tell what would be done
 */
public record RepairOrder(@Nullable String from, boolean dryRun) {}
