package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Which snapshots each copy of the repository has, and which of these were deleted from the repository, so that they may be deleted there too. */
@Component
public class CopiedSnapshots {

    private final Catalog catalog;
    private final Clock clock;

    public CopiedSnapshots(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
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

    /** Within the transaction in which a copy is made anew: nothing that was known of another place counts any more. */
    static void forgetAll(Catalog catalog, String copy) {
        catalog.update("DELETE FROM copied_snapshot WHERE copy = :copy")
                .param("copy", copy)
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

    /** Of each of these copies and each registered database. */
    public List<Newest> newest(Collection<String> copies) {
        return newest(copies, null);
    }

    /** The same of some databases, registered or not. */
    public List<Newest> newest(Collection<String> copies, @Nullable Collection<UUID> databaseIds) {
        if (copies.isEmpty()) {
            return List.of();
        }
        // Of each database the index has the newest first, and the first is mostly there.
        return catalog.query("""
                SELECT copy.value AS copy, database.name, snapshot.id, snapshot.created_at, sighting.seen_at
                FROM json_each(:copies) AS copy CROSS JOIN database
                JOIN snapshot ON snapshot.id = (
                    SELECT id FROM snapshot
                    WHERE database_id = database.id AND deleted_at IS NULL
                      AND state = 'AVAILABLE' AND verification <> 'FAILED'
                      AND EXISTS (SELECT 1 FROM copied_snapshot AS there
                                  WHERE there.snapshot_id = snapshot.id AND there.copy = copy.value
                                    AND there.copied_at IS NOT NULL)
                    ORDER BY ordered_at DESC, id DESC LIMIT 1)
                LEFT JOIN sighting ON sighting.snapshot_id = snapshot.id
                WHERE CASE WHEN :ids IS NULL THEN database.removed_at IS NULL
                      ELSE database.id IN (SELECT value FROM json_each(:ids)) END
                ORDER BY copy.value, database.name
                """)
                .param("copies", catalog.toJson(copies))
                .param("ids", databaseIds == null ? null : catalog.toJson(databaseIds))
                .query(CopiedSnapshots::newest)
                .list();
    }

    private static Newest newest(ResultSet row, int number) throws SQLException {
        long createdAt = row.getLong("created_at");
        return new Newest(
                row.getString("copy"),
                row.getString("name"),
                UUID.fromString(row.getString("id")),
                Instant.ofEpochMilli(createdAt),
                Instant.ofEpochMilli(Math.max(createdAt, row.getLong("seen_at"))));
    }
}
