package dev.afterimage.follow;

import dev.afterimage.catalog.log.LogSegment;
import dev.afterimage.catalog.snapshots.LogAnchor;
import dev.afterimage.repository.log.Segments;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * A state of a database that can be made again: what a commit has left.
 *
 * @param chain of its log
 * @param commit the last that is in it
 * @param takenAt when that was taken; of a chain that has no commit yet, when it was begun
 * @param anchor from which it is replayed
 * @param segments that are replayed, in their order; none where the anchor is just that state
 */
public record Moment(
        UUID databaseId, UUID chain, long commit, Instant takenAt, LogAnchor anchor, List<LogSegment> segments) {

    public Moment {
        segments = List.copyOf(segments);
    }

    /** Whether the snapshot is the state, and there is nothing to replay. */
    public boolean isAnchor() {
        return anchor.from() == commit && anchor.to() == commit;
    }

    /** How these lie in the repository. */
    public List<Segments.Stored> stored() {
        return segments.stream().map(Moments::stored).toList();
    }

    /** Whether a commit changed the schema since the anchor. */
    public boolean changesSchema() {
        return segments.stream().anyMatch(segment -> segment.schemaChanges() > 0);
    }
}
