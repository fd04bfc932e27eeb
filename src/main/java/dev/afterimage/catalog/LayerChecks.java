package dev.afterimage.catalog;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowCallbackHandler;
import org.springframework.stereotype.Component;

/** When each stored layer was last read and compared with its checksum. */
@Component
public class LayerChecks {

    private final Catalog catalog;

    LayerChecks(Catalog catalog) {
        this.catalog = catalog;
    }

    /** @param damage what was found; null for nothing */
    public void add(UUID databaseId, String layerId, Instant checkedAt, @Nullable String damage) {
        catalog.update("""
                        INSERT INTO layer_check (database_id, layer_id, checked_at, damage)
                        VALUES (:databaseId, :layerId, :checkedAt, :damage)
                        ON CONFLICT (database_id, layer_id) DO UPDATE
                        SET checked_at = excluded.checked_at, damage = excluded.damage
                        """)
                .param("databaseId", databaseId.toString())
                .param("layerId", layerId)
                .param("checkedAt", checkedAt.toEpochMilli())
                .param("damage", damage)
                .update();
    }

    /** By layer, of those that were ever checked. */
    public Map<String, Instant> checkedAt(UUID databaseId) {
        var times = new HashMap<String, Instant>();
        catalog.query("SELECT layer_id, checked_at FROM layer_check WHERE database_id = :id")
                .param("id", databaseId.toString())
                .query((RowCallbackHandler)
                        row -> times.put(row.getString("layer_id"), Instant.ofEpochMilli(row.getLong("checked_at"))));
        return times;
    }

    /** Forgets the checks of layers that are no longer there. */
    public void keepOnly(UUID databaseId, Set<String> layerIds) {
        catalog.update("""
                        DELETE FROM layer_check
                        WHERE database_id = :id AND layer_id NOT IN (SELECT value FROM json_each(:layers))
                        """)
                .param("id", databaseId.toString())
                .param("layers", catalog.toJson(layerIds))
                .update();
    }
}
