package dev.afterimage.repository.format;

import java.util.Comparator;
import java.util.UUID;

/**
 * By which a segment of the log of a database is found.
 *
 * @param chain the segments of which go on from one another without a gap
 * @param firstCommit the number of its first commit, from 1
 */
public record SegmentName(UUID chain, long firstCommit) implements Comparable<SegmentName> {

    private static final Comparator<SegmentName> ORDER =
            Comparator.comparingLong(SegmentName::firstCommit).thenComparing(SegmentName::chain);

    /** By their commits: what comes first is needed to go on from it. */
    @Override
    public int compareTo(SegmentName other) {
        return ORDER.compare(this, other);
    }
}
