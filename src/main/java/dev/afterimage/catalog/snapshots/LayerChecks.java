package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.stereotype.Component;

/** When each stored layer was last read and compared with its checksum, and what was found. */
@Component
public class LayerChecks {

    private final Catalog catalog;

    public LayerChecks(Catalog catalog) {
        this.catalog = catalog;
    }

    /** @param finding damage, or why it could not be read; null for nothing */
    public void add(UUID databaseId, UUID layerId, Instant checkedAt, @Nullable String finding) {
        catalog.update("""
            INSERT INTO layer_check (database_id, layer_id, checked_at, finding)
            VALUES (:databaseId, :layerId, :checkedAt, :finding)
            ON CONFLICT (database_id, layer_id) DO UPDATE
            SET checked_at = excluded.checked_at, finding = excluded.finding
            """)
                .param("databaseId", databaseId.toString())
                .param("layerId", layerId.toString())
                .param("checkedAt", checkedAt.toEpochMilli())
                .param("finding", finding)
                .update();
    }

    /** By layer, of those that were ever checked. */
    public Map<UUID, Instant> checkedAt(UUID databaseId) {
        var times = new HashMap<UUID, Instant>();
        catalog.query("SELECT layer_id, checked_at FROM layer_check WHERE database_id = :id")
                .param("id", databaseId.toString())
                .query((RowCallbackHandler) row -> times.put(
                        UUID.fromString(row.getString("layer_id")), Instant.ofEpochMilli(row.getLong("checked_at"))));
        return times;
    }

    /** Those of which the last check has found something. */
    public Set<UUID> withFindings(UUID databaseId) {
        return catalog
                .query("SELECT layer_id FROM layer_check WHERE database_id = :id AND finding IS NOT NULL")
                .param("id", databaseId.toString())
                .query(String.class)
                .list()
                .stream()
                .map(UUID::fromString)
                .collect(Collectors.toSet());
    }

    /** Forgets the checks of layers that are no longer there. */
    public void keepOnly(UUID databaseId, Set<UUID> layerIds) {
        catalog.update("""
            DELETE FROM layer_check
            WHERE database_id = :id AND layer_id NOT IN (SELECT value FROM json_each(:layers))
            """)
                .param("id", databaseId.toString())
                .param("layers", catalog.toJson(layerIds))
                .update();
    }
}
