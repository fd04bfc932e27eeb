package dev.afterimage.repository.write;

/**
 * What a compaction did.
 *
 * @param bytesReplaced of layers that no snapshot needs any more
 * @param bytesWritten of those that have taken their place, and of what tells so
 */
public record Compacted(long bytesReplaced, long bytesWritten) {

    static final Compacted NOTHING = new Compacted(0, 0);

    Compacted plus(Compacted other) {
        return new Compacted(bytesReplaced + other.bytesReplaced, bytesWritten + other.bytesWritten);
    }
}
