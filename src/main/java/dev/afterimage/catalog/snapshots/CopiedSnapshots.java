package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Page;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Which snapshots each copy of the repository has, and which of these were deleted from the repository, so that they may be deleted there too. */
@Component
public class CopiedSnapshots {

    private static final String LACKING = """
            deleted_at IS NULL AND state = 'AVAILABLE' AND NOT EXISTS (
                SELECT 1 FROM copied_snapshot AS there
                WHERE there.copy = :copy AND there.database_id = snapshot.database_id AND there.snapshot_id = snapshot.id
                  AND (there.copied_at IS NOT NULL OR there.dropped_at IS NOT NULL))
            """;

    private final Catalog catalog;
    private final Clock clock;

    public CopiedSnapshots(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /**
     * Notes that the manifest of a snapshot is about to be put.
     *
     * @return false when the snapshot is being deleted, or is not wanted there: then it must not be
     */
    public boolean begin(String copy, UUID databaseId, UUID snapshotId) {
        return catalog.inTransaction(() -> {
            boolean unwanted = catalog.queryInTransaction("""
                            SELECT EXISTS (SELECT 1 FROM snapshot WHERE id = :id AND deleted_at IS NOT NULL)
                                OR EXISTS (SELECT 1 FROM copied_snapshot
                                           WHERE copy = :copy AND database_id = :databaseId AND snapshot_id = :id
                                             AND dropped_at IS NOT NULL)
                            """)
                    .param("id", snapshotId.toString())
                    .param("copy", copy)
                    .param("databaseId", databaseId.toString())
                    .query(Boolean.class)
                    .single();
            if (!unwanted) {
                add(copy, databaseId, snapshotId, null);
            }
            return !unwanted;
        });
    }

    private void add(String copy, UUID databaseId, UUID snapshotId, @Nullable Instant copiedAt) {
        catalog.update("""
                INSERT INTO copied_snapshot (copy, database_id, snapshot_id, begun, copied_at)
                VALUES (:copy, :databaseId, :id, 1, :at)
                ON CONFLICT (copy, database_id, snapshot_id) DO UPDATE SET begun = 1, copied_at = coalesce(copied_at, :at)
                """)
                .param("copy", copy)
                .param("databaseId", databaseId.toString())
                .param("id", snapshotId.toString())
                .param("at", Catalog.millis(copiedAt))
                .update();
    }

    /** The copy has these. */
    public void copied(String copy, UUID databaseId, Collection<UUID> snapshotIds) {
        var known = ids(copy, databaseId, "copied_at IS NOT NULL");
        var added = snapshotIds.stream().filter(id -> !known.contains(id)).toList();
        if (!added.isEmpty()) {
            catalog.inTransaction(() -> {
                added.forEach(id -> add(copy, databaseId, id, clock.instant()));
                return null;
            });
        }
    }

    /** Those that a copy has, and that stay: each must have a manifest there. */
    public Set<UUID> present(String copy, UUID databaseId) {
        return ids(copy, databaseId, "copied_at IS NOT NULL AND dropped_at IS NULL");
    }

    /** Those that are to go from a copy, or not to come there. */
    public Set<UUID> dropped(String copy, UUID databaseId) {
        return ids(copy, databaseId, "dropped_at IS NOT NULL");
    }

    /** Those that are to go from a copy, and are there, or perhaps. */
    public Set<UUID> toDelete(String copy, UUID databaseId) {
        return ids(copy, databaseId, "dropped_at IS NOT NULL AND begun = 1");
    }

    private Set<UUID> ids(String copy, UUID databaseId, String condition) {
        return Set.copyOf(uuids(catalog.query(
                        "SELECT snapshot_id FROM copied_snapshot WHERE copy = :copy AND database_id = :databaseId AND "
                                + condition)
                .param("copy", copy)
                .param("databaseId", databaseId.toString())
                .query(String.class)
                .list()));
    }

    private static List<UUID> uuids(List<String> ids) {
        return ids.stream().map(UUID::fromString).toList();
    }

    /** The databases of which a copy has any that is to go. */
    public List<UUID> databasesToDeleteFrom(String copy) {
        return databases(
                copy,
                "SELECT DISTINCT database_id FROM copied_snapshot WHERE copy = :copy AND dropped_at IS NOT NULL AND begun = 1");
    }

    /** The databases that have snapshots in the repository, or in a copy. */
    public List<UUID> databases(String copy) {
        return databases(copy, """
                SELECT DISTINCT database_id FROM snapshot WHERE deleted_at IS NULL
                UNION SELECT DISTINCT database_id FROM copied_snapshot WHERE copy = :copy
                """);
    }

    private List<UUID> databases(String copy, String sql) {
        return uuids(catalog.query(sql).param("copy", copy).query(String.class).list());
    }

    /** From a copy goes what was deleted from the repository, and nothing else. */
    public void follow(String copy) {
        catalog.update("""
                UPDATE copied_snapshot SET dropped_at = CASE WHEN deleted_at IS NULL THEN NULL ELSE :now END
                WHERE copy = :copy AND (dropped_at IS NULL) <> (deleted_at IS NULL)
                """).param("copy", copy).param("now", clock.millis()).update();
    }

    /** From a copy nothing goes. */
    public void keepAll(String copy) {
        catalog.update("UPDATE copied_snapshot SET dropped_at = NULL WHERE copy = :copy AND dropped_at IS NOT NULL")
                .param("copy", copy)
                .update();
    }

    /** Of a database these go from a copy, or do not come there, and no others. */
    public void drop(String copy, UUID databaseId, Collection<UUID> snapshotIds) {
        var dropped = dropped(copy, databaseId);
        if (dropped.equals(Set.copyOf(snapshotIds))) {
            return;
        }
        catalog.inTransaction(() -> {
            catalog.update("""
                    UPDATE copied_snapshot SET dropped_at = NULL
                    WHERE copy = :copy AND database_id = :databaseId AND dropped_at IS NOT NULL
                      AND snapshot_id NOT IN (SELECT value FROM json_each(:ids))
                    """)
                    .param("copy", copy)
                    .param("databaseId", databaseId.toString())
                    .param("ids", catalog.toJson(snapshotIds))
                    .update();
            return catalog.update("""
                    INSERT INTO copied_snapshot (copy, database_id, snapshot_id, begun, dropped_at)
                    SELECT :copy, :databaseId, value, 0, :now FROM json_each(:ids) WHERE true
                    ON CONFLICT (copy, database_id, snapshot_id) DO UPDATE SET dropped_at = coalesce(dropped_at, :now)
                    """)
                    .param("copy", copy)
                    .param("databaseId", databaseId.toString())
                    .param("now", clock.millis())
                    .param("ids", catalog.toJson(snapshotIds))
                    .update();
        });
    }

    /** The copy has these no more. */
    public void deleted(String copy, UUID databaseId, Collection<UUID> snapshotIds) {
        catalog.inTransaction(() -> {
            for (var sql : List.of("""
                    DELETE FROM copied_snapshot WHERE copy = :copy AND database_id = :databaseId AND deleted_at IS NOT NULL
                      AND snapshot_id IN (SELECT value FROM json_each(:ids))
                    """, """
                    UPDATE copied_snapshot SET begun = 0, copied_at = NULL
                    WHERE copy = :copy AND database_id = :databaseId
                      AND snapshot_id IN (SELECT value FROM json_each(:ids))
                    """)) {
                catalog.update(sql)
                        .param("copy", copy)
                        .param("databaseId", databaseId.toString())
                        .param("ids", catalog.toJson(snapshotIds))
                        .update();
            }
            return null;
        });
    }

    /** Of a database those that were deleted from the repository and that a copy has, or perhaps, as they were; the newest first. */
    public List<Snapshot> gone(String copy, UUID databaseId) {
        return catalog
                .query("""
                        SELECT was FROM copied_snapshot
                        WHERE copy = :copy AND database_id = :databaseId AND deleted_at IS NOT NULL AND was IS NOT NULL
                          AND begun = 1
                        """)
                .param("copy", copy)
                .param("databaseId", databaseId.toString())
                .query(String.class)
                .list()
                .stream()
                .map(was -> catalog.fromJson(was, Snapshot.class))
                .sorted(Comparator.comparing(Snapshot::createdAt)
                        .thenComparing(Snapshot::id)
                        .reversed())
                .toList();
    }

    /**
     * A snapshot that a copy has.
     *
     * @param database the name of its database; null where the catalog does not know that
     * @param createdAt null where only the copy knows
     * @param inRepository whether the repository has it, too
     */
    public record There(
            UUID snapshotId,
            UUID databaseId,
            @Nullable String database,
            @Nullable Instant createdAt,
            Instant copiedAt,
            boolean inRepository) {}

    /**
     * Those that a copy has, the newest first.
     *
     * @param after the last of the part before; null for the first part
     */
    public Page<There, UUID> there(String copy, @Nullable UUID after, int limit) {
        var rows = catalog.query("""
                        SELECT there.snapshot_id, there.database_id, there.copied_at, there.was, database.name,
                            snapshot.created_at
                        FROM copied_snapshot AS there
                        LEFT JOIN database ON database.id = there.database_id
                        LEFT JOIN snapshot ON snapshot.id = there.snapshot_id AND snapshot.deleted_at IS NULL
                        WHERE there.copy = :copy AND there.copied_at IS NOT NULL
                          AND (:after IS NULL OR there.snapshot_id < :after)
                        ORDER BY there.snapshot_id DESC LIMIT :limit
                        """)
                .param("copy", copy)
                .param("after", after == null ? null : after.toString())
                .param("limit", limit + 1)
                .query(this::there)
                .list();
        return Page.of(rows, limit, There::snapshotId);
    }

    private There there(ResultSet row, int number) throws SQLException {
        var createdAt = Catalog.instant(row.getObject("created_at"));
        var was = row.getString("was");
        return new There(
                UUID.fromString(row.getString("snapshot_id")),
                UUID.fromString(row.getString("database_id")),
                row.getString("name"),
                createdAt != null || was == null
                        ? createdAt
                        : catalog.fromJson(was, Snapshot.class).createdAt(),
                Instant.ofEpochMilli(row.getLong("copied_at")),
                createdAt != null);
    }

    /** Within the transaction in which a copy is made anew: nothing that was known of another place counts any more. */
    static void forgetAll(Catalog catalog, String copy) {
        catalog.update("DELETE FROM copied_snapshot WHERE copy = :copy")
                .param("copy", copy)
                .update();
    }

    /** How many snapshots a copy keeps that were deleted from the repository. */
    public long beyond(String copy) {
        return catalog.query("""
                        SELECT count(*) FROM copied_snapshot
                        WHERE copy = :copy AND copied_at IS NOT NULL AND deleted_at IS NOT NULL
                        """).param("copy", copy).query(Long.class).single();
    }

    /** How many snapshots that can be restored a copy lacks, and is to get. */
    public long lacking(String copy) {
        return catalog.query("SELECT count(*) FROM snapshot WHERE " + LACKING)
                .param("copy", copy)
                .query(Long.class)
                .single();
    }

    /** The same, by their databases. */
    public Map<UUID, Set<UUID>> lackingByDatabase(String copy) {
        var lacking = new LinkedHashMap<UUID, Set<UUID>>();
        catalog.query("SELECT database_id, id FROM snapshot WHERE " + LACKING)
                .param("copy", copy)
                .query(row -> {
                    lacking.computeIfAbsent(UUID.fromString(row.getString("database_id")), _ -> new LinkedHashSet<>())
                            .add(UUID.fromString(row.getString("id")));
                });
        return lacking;
    }

    /** Within the transaction in which its deletion begins: a copy that keeps it longer needs to know what it was. */
    static void isGoing(Catalog catalog, Snapshot snapshot) {
        catalog.update("UPDATE copied_snapshot SET was = :was WHERE snapshot_id = :id")
                .param("id", snapshot.id().toString())
                .param("was", catalog.toJson(snapshot))
                .update();
    }

    /** Within the transaction in which the catalog forgets it: its manifest is gone. */
    static void isDeleted(Catalog catalog, UUID snapshotId, Instant now) {
        catalog.update("DELETE FROM copied_snapshot WHERE snapshot_id = :id AND begun = 0")
                .param("id", snapshotId.toString())
                .update();
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
                                  WHERE there.copy = copy.value AND there.database_id = snapshot.database_id
                                    AND there.snapshot_id = snapshot.id AND there.copied_at IS NOT NULL)
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
