package dev.afterimage.retention;

/**
 * What a prune did, or would do.
 *
 * @param kept snapshots that stay
 * @param bytesFreed of the snapshots that went: their manifests, and layers that no other snapshot needs
 * @param bytesSwept of layers that no snapshot named before, such as crashes leave; 0 where they were not looked for
 * @param bytesCompacted that snapshots need less than before, because layers that they only have together became one
 * @param bytesWaiting of all three, and of prunes before: what is still there until the grace is over
 */
public record Pruned(
        long snapshotsDeleted, long kept, long bytesFreed, long bytesSwept, long bytesCompacted, long bytesWaiting) {

    static final Pruned NOTHING = new Pruned(0, 0, 0, 0, 0, 0);

    Pruned plus(Pruned other) {
        return new Pruned(
                snapshotsDeleted + other.snapshotsDeleted,
                kept + other.kept,
                bytesFreed + other.bytesFreed,
                bytesSwept + other.bytesSwept,
                bytesCompacted + other.bytesCompacted,
                bytesWaiting + other.bytesWaiting);
    }

    Pruned plusSwept(long bytes) {
        return plus(new Pruned(0, 0, 0, bytes, 0, 0));
    }

    Pruned plusCompacted(long bytes) {
        return plus(new Pruned(0, 0, 0, 0, bytes, 0));
    }

    Pruned waiting(long bytes) {
        return new Pruned(snapshotsDeleted, kept, bytesFreed, bytesSwept, bytesCompacted, bytes);
    }
}
