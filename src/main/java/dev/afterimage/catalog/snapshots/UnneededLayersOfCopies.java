package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Layers of copies that no manifest there names, and since when that is so: they are deleted when that is long enough ago. */
@Component
public class UnneededLayersOfCopies {

    private final Catalog catalog;
    private final Clock clock;

    public UnneededLayersOfCopies(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** Marks layers that no manifest of a copy names; one that is marked stays as it is. */
    public void mark(String copy, UUID databaseId, Collection<UUID> layers) {
        catalog.inTransaction(() -> {
            for (var layer : layers) {
                catalog.update("""
                        INSERT INTO copy_unneeded_layer (copy, database_id, layer_id, marked_at)
                        VALUES (:copy, :databaseId, :layer, :now) ON CONFLICT (copy, database_id, layer_id) DO NOTHING
                        """)
                        .param("copy", copy)
                        .param("databaseId", databaseId.toString())
                        .param("layer", layer.toString())
                        .param("now", clock.millis())
                        .update();
            }
            return null;
        });
    }

    /** Layers that were marked at that time or before. */
    public Set<UUID> marked(String copy, UUID databaseId, Instant until) {
        return catalog
                .query("""
                SELECT layer_id FROM copy_unneeded_layer
                WHERE copy = :copy AND database_id = :databaseId AND marked_at <= :until
                """)
                .param("copy", copy)
                .param("databaseId", databaseId.toString())
                .param("until", until.toEpochMilli())
                .query(String.class)
                .list()
                .stream()
                .map(UUID::fromString)
                .collect(Collectors.toSet());
    }

    /** The databases of which a copy has marked layers. */
    public List<UUID> databases(String copy) {
        return catalog
                .query("SELECT DISTINCT database_id FROM copy_unneeded_layer WHERE copy = :copy")
                .param("copy", copy)
                .query(String.class)
                .list()
                .stream()
                .map(UUID::fromString)
                .toList();
    }

    public void unmark(String copy, UUID databaseId, Collection<UUID> layers) {
        catalog.update("""
                DELETE FROM copy_unneeded_layer WHERE copy = :copy AND database_id = :databaseId
                  AND layer_id IN (SELECT value FROM json_each(:layers))
                """)
                .param("copy", copy)
                .param("databaseId", databaseId.toString())
                .param("layers", catalog.toJson(layers))
                .update();
    }

    /** Within the transaction in which a copy is made anew. */
    static void forgetAll(Catalog catalog, String copy) {
        catalog.update("DELETE FROM copy_unneeded_layer WHERE copy = :copy")
                .param("copy", copy)
                .update();
    }
}
