package dev.afterimage.catalog.databases;

import dev.afterimage.catalog.Catalog;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.stereotype.Component;

/**
 * When databases were last seen to be in the state of a snapshot of theirs: a snapshot that was taken then would have been equal. Only the
 * catalog knows; without it the snapshot is as old as its capture.
 */
@Component
public class Sightings {

    private final Catalog catalog;

    public Sightings(Catalog catalog) {
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

    /** Of some snapshots, of those at which somebody looked since they were taken. */
    public Map<UUID, Instant> last(List<UUID> snapshotIds) {
        var times = new HashMap<UUID, Instant>();
        catalog.query("SELECT * FROM sighting WHERE snapshot_id IN (SELECT value FROM json_each(:ids))")
                .param("ids", catalog.toJson(snapshotIds))
                .query((RowCallbackHandler) row -> times.put(
                        UUID.fromString(row.getString("snapshot_id")), Instant.ofEpochMilli(row.getLong("seen_at"))));
        return times;
    }
}
