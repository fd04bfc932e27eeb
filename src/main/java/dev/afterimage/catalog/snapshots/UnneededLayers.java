package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Layers that are to be deleted when the grace is over, if no snapshot needs them then. */
@Component
public class UnneededLayers {

    /**
     * A layer that no manifest names, or will name in a moment.
     *
     * @param bytes its size
     * @param markedAt since when that is known
     */
    public record Mark(UUID layerId, long bytes, Instant markedAt) {}

    private final Catalog catalog;

    public UnneededLayers(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Marks layers of a database; one that is marked already stays as it is. */
    public void mark(UUID databaseId, Collection<Mark> marks) {
        catalog.inTransaction(() -> {
            for (var mark : marks) {
                catalog.update("""
                    INSERT INTO unneeded_layer (database_id, layer_id, bytes, marked_at)
                    VALUES (:databaseId, :layerId, :bytes, :markedAt)
                    ON CONFLICT (database_id, layer_id) DO NOTHING
                    """)
                        .param("databaseId", databaseId.toString())
                        .param("layerId", mark.layerId().toString())
                        .param("bytes", mark.bytes())
                        .param("markedAt", mark.markedAt().toEpochMilli())
                        .update();
            }
            return null;
        });
    }

    public List<Mark> of(UUID databaseId) {
        return catalog.query("SELECT layer_id, bytes, marked_at FROM unneeded_layer WHERE database_id = :id")
                .param("id", databaseId.toString())
                .query((row, number) -> new Mark(
                        UUID.fromString(row.getString("layer_id")),
                        row.getLong("bytes"),
                        Instant.ofEpochMilli(row.getLong("marked_at"))))
                .list();
    }

    /** The databases that have marks of one moment or before, or of after another. */
    public List<UUID> databasesWithMarks(Instant until, Instant after) {
        return catalog
                .query("""
                SELECT DISTINCT database_id FROM unneeded_layer
                WHERE marked_at <= :until OR marked_at > :after ORDER BY database_id
                """)
                .param("until", until.toEpochMilli())
                .param("after", after.toEpochMilli())
                .query(String.class)
                .list()
                .stream()
                .map(UUID::fromString)
                .toList();
    }

    /**
     * Bytes of what is marked.
     *
     * @param databaseId null for all databases
     */
    public long bytes(@Nullable UUID databaseId) {
        return catalog.query("""
                SELECT coalesce(sum(bytes), 0) FROM unneeded_layer WHERE :id IS NULL OR database_id = :id
                """)
                .param("id", databaseId == null ? null : databaseId.toString())
                .query(Long.class)
                .single();
    }

    /** Has marks that were made while the clock was ahead made now. */
    public void correct(UUID databaseId, Instant now) {
        catalog.update("UPDATE unneeded_layer SET marked_at = :now WHERE database_id = :id AND marked_at > :now")
                .param("id", databaseId.toString())
                .param("now", now.toEpochMilli())
                .update();
    }

    public void unmark(UUID databaseId, Collection<UUID> layerIds) {
        catalog.update("""
            DELETE FROM unneeded_layer
            WHERE database_id = :id AND layer_id IN (SELECT value FROM json_each(:layers))
            """)
                .param("id", databaseId.toString())
                .param("layers", catalog.toJson(layerIds))
                .update();
    }
}
