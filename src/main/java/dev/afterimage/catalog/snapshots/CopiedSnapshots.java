package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * The copies of the repository as the catalog knows them: which were made, which snapshots each has, and which of these were deleted from the
 * repository, so that they may be deleted there too.
 */
@Component
public class CopiedSnapshots {

    /**
     * A copy that was made, or is about to be.
     *
     * @param madeAt null while it is about to be
     * @param triedAt when it was last tried to copy; null for never
     * @param succeededAt when it last had all that the repository had; null for never
     * @param problemCode of the problem
     * @param problem why it had not at the last try; null when it had
     */
    public record Known(
            String name,
            String location,
            UUID repositoryId,
            @Nullable Instant madeAt,
            @Nullable Instant triedAt,
            @Nullable Instant succeededAt,
            @Nullable String problemCode,
            @Nullable String problem,
            long objects,
            long bytes) {}

    private final Catalog catalog;
    private final Clock clock;

    public CopiedSnapshots(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    public Optional<Known> find(String copy) {
        return catalog.query("SELECT * FROM repository_copy WHERE name = :copy")
                .param("copy", copy)
                .query(CopiedSnapshots::known)
                .optional();
    }

    private static Known known(ResultSet row, int number) throws SQLException {
        return new Known(
                row.getString("name"),
                row.getString("location"),
                UUID.fromString(row.getString("repository_id")),
                Catalog.instant(row.getObject("made_at")),
                Catalog.instant(row.getObject("tried_at")),
                Catalog.instant(row.getObject("succeeded_at")),
                row.getString("problem_code"),
                row.getString("problem"),
                row.getLong("objects"),
                row.getLong("bytes"));
    }

    /** Notes that a copy is about to be made in a place: nothing that was known of another place counts any more. */
    public void begin(String copy, String location, UUID repositoryId) {
        catalog.inTransaction(() -> {
            for (var table : List.of("copied_snapshot", "copy_unneeded_layer")) {
                catalog.update("DELETE FROM %s WHERE copy = :copy".formatted(table))
                        .param("copy", copy)
                        .update();
            }
            return catalog.update("""
                    INSERT INTO repository_copy (name, location, repository_id, objects, bytes)
                    VALUES (:copy, :location, :repositoryId, 0, 0)
                    ON CONFLICT (name) DO UPDATE SET location = :location, repository_id = :repositoryId,
                        made_at = NULL, tried_at = NULL, succeeded_at = NULL, problem_code = NULL, problem = NULL, objects = 0, bytes = 0
                    """)
                    .param("copy", copy)
                    .param("location", location)
                    .param("repositoryId", repositoryId.toString())
                    .update();
        });
    }

    public void made(String copy) {
        catalog.update("UPDATE repository_copy SET made_at = :now WHERE name = :copy AND made_at IS NULL")
                .param("copy", copy)
                .param("now", clock.millis())
                .update();
    }

    /** A try has ended. */
    public void succeeded(String copy, long objects, long bytes) {
        catalog.update("""
                UPDATE repository_copy SET tried_at = :now, succeeded_at = :now, problem_code = NULL, problem = NULL,
                    objects = :objects, bytes = :bytes
                WHERE name = :copy
                """)
                .param("copy", copy)
                .param("objects", objects)
                .param("bytes", bytes)
                .param("now", clock.millis())
                .update();
    }

    /**
     * A try has ended without the copy having all.
     *
     * @param location of the copy, which may never have been reached
     */
    public void failed(String copy, String location, UUID repositoryId, String code, String problem) {
        catalog.inTransaction(() -> {
            if (catalog.queryInTransaction("SELECT count(*) FROM repository_copy WHERE name = :copy")
                            .param("copy", copy)
                            .query(Long.class)
                            .single()
                    == 0) {
                begin(copy, location, repositoryId);
            }
            return catalog.update("""
                    UPDATE repository_copy SET tried_at = :now, problem_code = :code, problem = :problem WHERE name = :copy
                    """)
                    .param("copy", copy)
                    .param("code", code)
                    .param("problem", problem)
                    .param("now", clock.millis())
                    .update();
        });
    }

    /**
     * Notes that the manifest of a snapshot is about to be put.
     *
     * @return false when the snapshot is being deleted: then it must not be
     */
    public boolean begin(String copy, UUID databaseId, UUID snapshotId) {
        return catalog.inTransaction(() -> {
            long deleted = catalog.queryInTransaction(
                            "SELECT count(*) FROM snapshot WHERE id = :id AND deleted_at IS NOT NULL")
                    .param("id", snapshotId.toString())
                    .query(Long.class)
                    .single();
            if (deleted > 0) {
                return false;
            }
            add(copy, databaseId, snapshotId, null);
            return true;
        });
    }

    private void add(String copy, UUID databaseId, UUID snapshotId, @Nullable Instant copiedAt) {
        catalog.update("""
                INSERT INTO copied_snapshot (copy, database_id, snapshot_id, copied_at) VALUES (:copy, :databaseId, :id, :at)
                ON CONFLICT (copy, database_id, snapshot_id) DO UPDATE SET copied_at = coalesce(copied_at, :at)
                """)
                .param("copy", copy)
                .param("databaseId", databaseId.toString())
                .param("id", snapshotId.toString())
                .param("at", Catalog.millis(copiedAt))
                .update();
    }

    /** The copy has these. */
    public void copied(String copy, UUID databaseId, Collection<UUID> snapshotIds) {
        var known = present(copy, databaseId);
        var added = snapshotIds.stream().filter(id -> !known.contains(id)).toList();
        if (!added.isEmpty()) {
            catalog.inTransaction(() -> {
                added.forEach(id -> add(copy, databaseId, id, clock.instant()));
                return null;
            });
        }
    }

    /** Those that a copy has, and that nobody deleted: each must have a manifest there. */
    public Set<UUID> present(String copy, UUID databaseId) {
        return ids(copy, databaseId, "copied_at IS NOT NULL AND deleted_at IS NULL");
    }

    /** Those that a copy has, or was about to have, and that were deleted from the repository. */
    public Set<UUID> deleted(String copy, UUID databaseId) {
        return ids(copy, databaseId, "deleted_at IS NOT NULL");
    }

    private Set<UUID> ids(String copy, UUID databaseId, String condition) {
        return catalog
                .query("SELECT snapshot_id FROM copied_snapshot WHERE copy = :copy AND database_id = :databaseId AND "
                        + condition)
                .param("copy", copy)
                .param("databaseId", databaseId.toString())
                .query(String.class)
                .list()
                .stream()
                .map(UUID::fromString)
                .collect(Collectors.toSet());
    }

    /** The copy has these no more. */
    public void forget(String copy, UUID databaseId, Collection<UUID> snapshotIds) {
        catalog.update("""
                DELETE FROM copied_snapshot WHERE copy = :copy AND database_id = :databaseId
                  AND snapshot_id IN (SELECT value FROM json_each(:ids))
                """)
                .param("copy", copy)
                .param("databaseId", databaseId.toString())
                .param("ids", catalog.toJson(snapshotIds))
                .update();
    }

    /** How many snapshots a copy keeps that were deleted from the repository. */
    public long beyond(String copy) {
        return catalog.query(
                        "SELECT count(*) FROM copied_snapshot WHERE copy = :copy AND copied_at IS NOT NULL AND deleted_at IS NOT NULL")
                .param("copy", copy)
                .query(Long.class)
                .single();
    }

    /** How many snapshots that can be restored a copy lacks. */
    public long lacking(String copy) {
        return catalog.query("""
                SELECT count(*) FROM snapshot WHERE deleted_at IS NULL AND state = 'AVAILABLE' AND NOT EXISTS (
                    SELECT 1 FROM copied_snapshot AS there
                    WHERE there.snapshot_id = snapshot.id AND there.copy = :copy AND there.copied_at IS NOT NULL)
                """).param("copy", copy).query(Long.class).single();
    }

    /** Within the transaction in which the catalog forgets it: its manifest is gone. */
    static void isDeleted(Catalog catalog, UUID snapshotId, Instant now) {
        catalog.update("UPDATE copied_snapshot SET deleted_at = :now WHERE snapshot_id = :id")
                .param("id", snapshotId.toString())
                .param("now", now.toEpochMilli())
                .update();
    }

    /**
     * The newest good snapshot of a database that a copy has.
     *
     * @param copy its name
     * @param database its name
     * @param goodAt when the database was last known to be in its state
     */
    public record Newest(String copy, String database, UUID snapshotId, Instant createdAt, Instant goodAt) {}

    /** Of each copy and database. */
    public List<Newest> newest() {
        return catalog.query("""
                SELECT there.copy, database.name, snapshot.id, snapshot.created_at,
                    max(max(snapshot.created_at, coalesce(sighting.seen_at, 0))) AS good_at
                FROM copied_snapshot AS there
                JOIN snapshot ON snapshot.id = there.snapshot_id AND snapshot.deleted_at IS NULL
                  AND snapshot.state = 'AVAILABLE' AND snapshot.verification <> 'FAILED'
                JOIN database ON database.id = snapshot.database_id
                LEFT JOIN sighting ON sighting.snapshot_id = snapshot.id
                WHERE there.copied_at IS NOT NULL AND there.deleted_at IS NULL AND database.removed_at IS NULL
                GROUP BY there.copy, there.database_id
                ORDER BY there.copy, database.name
                """)
                .query((row, number) -> new Newest(
                        row.getString("copy"),
                        row.getString("name"),
                        UUID.fromString(row.getString("id")),
                        Instant.ofEpochMilli(row.getLong("created_at")),
                        Instant.ofEpochMilli(row.getLong("good_at"))))
                .list();
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
}
