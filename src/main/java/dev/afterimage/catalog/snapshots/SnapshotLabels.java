package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.util.UUID;

/** The labels of snapshots once more, in a table of their own, by which snapshots are found. */
final class SnapshotLabels {

    private final Catalog catalog;

    SnapshotLabels(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Makes them those that the snapshot's row has. Joins the present transaction. */
    void follow(UUID snapshotId) {
        catalog.update("DELETE FROM snapshot_label WHERE snapshot_id = :id")
                .param("id", snapshotId.toString())
                .update();
        catalog.update("""
                        INSERT INTO snapshot_label (snapshot_id, key, value, ordered_at)
                        SELECT snapshot.id, label.key, label.value, snapshot.ordered_at
                        FROM snapshot CROSS JOIN json_each(snapshot.labels) AS label WHERE snapshot.id = :id
                        """).param("id", snapshotId.toString()).update();
    }
}
