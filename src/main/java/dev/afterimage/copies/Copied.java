package dev.afterimage.copies;

import java.util.List;

/**
 * What a job has copied.
 *
 * @param snapshots whose manifests it has put
 * @param segments of logs that it has put
 * @param deleted snapshots that it has deleted there
 * @param kept snapshots that the copy has and the repository has no more
 */
public record Copied(String copy, long snapshots, long layers, long segments, long bytes, long deleted, long kept) {

    /** Something of the repository that cannot be copied. */
    public record Left(String object, String found) {}

    static String told(List<Left> left) {
        var first = left.getFirst();
        return "%d objects of the repository are damaged or cannot be read, and were not copied; first: %s, %s"
                .formatted(left.size(), first.object(), first.found());
    }
}
