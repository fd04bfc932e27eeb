package dev.afterimage.repository.objects;

/**
 * What a database takes on the storage.
 *
 * @param snapshots what its snapshots take
 * @param log what its log takes besides
 */
public record DatabaseUsage(Usage snapshots, Usage log) {

    public static final DatabaseUsage NONE = new DatabaseUsage(Usage.NONE, Usage.NONE);

    public DatabaseUsage plus(DatabaseUsage other) {
        return new DatabaseUsage(snapshots.plus(other.snapshots), log.plus(other.log));
    }

    public Usage all() {
        return snapshots.plus(log);
    }
}
