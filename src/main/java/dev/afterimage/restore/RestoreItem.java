package dev.afterimage.restore;

import java.util.UUID;

/**
 * A snapshot, and what is to become of it.
 *
 * @param safetySnapshot whether to take a snapshot of the target before it is replaced
 * @param allowDamaged whether to write what can be proven of a damaged snapshot, to a new file
 */
public record RestoreItem(UUID snapshotId, RestoreTarget target, boolean safetySnapshot, boolean allowDamaged) {}
