package dev.afterimage.catalog;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * When databases were last seen to be in the state of a snapshot of theirs: a snapshot that was taken then would have been equal. Only the
 * catalog knows; without it the snapshot is as old as its capture.
 */
@Component
public class Sightings {

    private final Catalog catalog;

    Sightings(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Does nothing when the snapshot was deleted meanwhile. The last word counts, since an earlier one may come from a clock that was ahead. */
    public void add(UUID snapshotId, Instant seenAt) {
        catalog.update("""
                        INSERT INTO sighting (snapshot_id, seen_at)
                        SELECT id, :seenAt FROM snapshot WHERE id = :snapshotId
                        ON CONFLICT (snapshot_id) DO UPDATE SET seen_at = excluded.seen_at
                        """)
                .param("snapshotId", snapshotId.toString())
                .param("seenAt", seenAt.toEpochMilli())
                .update();
    }

    /** Empty if nobody looked since the snapshot was taken. */
    public Optional<Instant> last(UUID snapshotId) {
        return catalog.query("SELECT seen_at FROM sighting WHERE snapshot_id = :snapshotId")
                .param("snapshotId", snapshotId.toString())
                .query(Long.class)
                .optional()
                .map(Instant::ofEpochMilli);
    }
}
