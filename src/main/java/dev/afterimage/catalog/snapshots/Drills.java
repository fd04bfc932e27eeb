package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Page;
import dev.afterimage.catalog.databases.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The latest drills of each database. */
@Component
public class Drills {

    /** So many of each database are remembered. */
    static final int KEPT = 100;

    private static final String AVAILABLE = """
            FROM snapshot
            WHERE database_id = :databaseId AND state = 'AVAILABLE' AND deleted_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM snapshot_label AS label
                    WHERE label.snapshot_id = snapshot.id AND label.key = '%s')
                AND (:copy IS NULL OR EXISTS (SELECT 1 FROM copied_snapshot AS there
                    WHERE there.copy = :copy AND there.database_id = :databaseId AND there.snapshot_id = snapshot.id
                        AND there.copied_at IS NOT NULL AND there.deleted_at IS NULL))
            """.formatted(Snapshot.SAFETY_OF);

    /**
     * Databases whose last drill failed, and of which no snapshot that is at least as new has passed a check since for which it was
     * restored, too. A check of what the repository has makes up for no drill of a copy, and nothing but a drill with assertions for one whose
     * assertions did not hold: they are only there when its check has passed. Another condition may follow.
     */
    private static final String FAILED = """
            FROM drill JOIN database ON database.id = drill.database_id
            WHERE drill.passed = 0
              AND NOT EXISTS (
                SELECT 1 FROM drill AS later WHERE later.database_id = drill.database_id AND later.id > drill.id
                  AND (drill.assertions = '[]' OR later.assertions <> '[]'))
              AND (drill.copy IS NOT NULL OR drill.assertions <> '[]' OR NOT EXISTS (
                SELECT 1 FROM snapshot JOIN snapshot_check ON snapshot_check.snapshot_id = snapshot.id
                WHERE snapshot.database_id = drill.database_id AND snapshot.ordered_at >= drill.snapshot_ordered_at
                  AND snapshot.state = 'AVAILABLE' AND snapshot.deleted_at IS NULL
                  AND snapshot_check.passed = 1 AND snapshot_check.level NOT IN ('STORED', 'REPOSITORY') AND snapshot_check.id > drill.id))
            """;

    private final Catalog catalog;

    public Drills(Catalog catalog) {
        this.catalog = catalog;
    }

    /**
     * Whether there is a snapshot that could be restored.
     *
     * @param copy of the repository that must have it; null for any
     */
    public boolean canBeMade(UUID databaseId, @Nullable String copy) {
        return candidate(databaseId, copy, 0).isPresent();
    }

    /**
     * Of the database's available snapshots, newest first, the one at a place, which is taken modulo their number.
     *
     * @param copy of the repository that must have them; null for any
     */
    public Optional<UUID> candidate(UUID databaseId, @Nullable String copy, long place) {
        return catalog.query("SELECT id " + AVAILABLE + """
                         ORDER BY ordered_at DESC, id DESC
                        LIMIT 1 OFFSET :place % (SELECT max(1, count(*))
                        """ + AVAILABLE + ")")
                .param("databaseId", databaseId.toString())
                .param("copy", copy)
                .param("place", place)
                .query((row, number) -> UUID.fromString(row.getString("id")))
                .optional();
    }

    /** Records a drill, in the place of an earlier one of the same job, and forgets the one that is too old now. */
    public void add(DrillResult drill) {
        catalog.inTransaction(() -> {
            catalog.update("DELETE FROM drill WHERE job_id = :jobId")
                    .param("jobId", drill.jobId().toString())
                    .update();
            insert(drill);
            return catalog.update("""
                            DELETE FROM drill WHERE database_id = :databaseId AND id <= (
                                SELECT id FROM drill WHERE database_id = :databaseId ORDER BY id DESC LIMIT 1 OFFSET :kept)
                            """)
                    .param("databaseId", drill.databaseId().toString())
                    .param("kept", KEPT)
                    .update();
        });
    }

    private void insert(DrillResult drill) {
        catalog.update("""
                        INSERT INTO drill (id, job_id, database_id, snapshot_id, snapshot_created_at,
                            snapshot_ordered_at, level, copy, passed,
                            finished_at, restore_millis, check_millis, bytes, messages, assertions)
                        VALUES (:id, :jobId, :databaseId, :snapshotId, :snapshotCreatedAt,
                            coalesce((SELECT ordered_at FROM snapshot WHERE id = :snapshotId), :snapshotCreatedAt),
                            :level, :copy, :passed,
                            :finishedAt, :restoreMillis, :checkMillis, :bytes, :messages, :assertions)
                        """)
                .param("id", drill.id().toString())
                .param("jobId", drill.jobId().toString())
                .param("databaseId", drill.databaseId().toString())
                .param("snapshotId", drill.snapshotId().toString())
                .param("snapshotCreatedAt", drill.snapshotCreatedAt().toEpochMilli())
                .param("level", drill.level())
                .param("copy", drill.copy())
                .param("passed", drill.passed())
                .param("finishedAt", drill.finishedAt().toEpochMilli())
                .param("restoreMillis", drill.restoreMillis())
                .param("checkMillis", drill.checkMillis())
                .param("bytes", drill.bytes())
                .param("messages", catalog.toJson(drill.messages()))
                .param("assertions", catalog.toJson(drill.assertions()))
                .update();
    }

    /** Newest first, those older than {@code after}. */
    public Page<DrillResult, UUID> list(UUID databaseId, @Nullable UUID after, int limit) {
        var rows = catalog.query("""
                        SELECT * FROM drill WHERE database_id = :databaseId AND (:after IS NULL OR id < :after)
                        ORDER BY id DESC LIMIT :limit
                        """)
                .param("databaseId", databaseId.toString())
                .param("after", Objects.toString(after, null))
                .param("limit", limit + 1)
                .query(this::drill)
                .list();
        return Page.of(rows, limit, DrillResult::id);
    }

    /** The last drill of each of some databases, of those that had one. */
    public List<DrillResult> last(List<Database> databases) {
        return catalog.query("""
                        SELECT * FROM drill WHERE id IN (
                            SELECT (SELECT max(id) FROM drill AS latest WHERE latest.database_id = wanted.value)
                            FROM json_each(:ids) AS wanted)
                        """)
                .param(
                        "ids",
                        catalog.toJson(databases.stream().map(Database::id).toList()))
                .query(this::drill)
                .list();
    }

    /** Whether the last drill failed, and nothing has made up for it: no check of a snapshot that is at least as new passed since. */
    public boolean failed(UUID databaseId) {
        return catalog.query("SELECT EXISTS (SELECT 1 " + FAILED + "AND drill.database_id = :databaseId)")
                .param("databaseId", databaseId.toString())
                .query(Boolean.class)
                .single();
    }

    /** Names of the registered databases of which that is so. */
    public List<String> failed() {
        return catalog.query("SELECT DISTINCT database.name AS name " + FAILED
                        + "AND database.removed_at IS NULL ORDER BY name")
                .query(String.class)
                .list();
    }

    /** The last drill of a registered database, and when one passed last: seconds since 1970, 0 for never. */
    public record Standing(String databaseName, DrillResult last, long lastSuccessSeconds) {}

    /** Of all registered databases that had a drill. */
    public List<Standing> standings() {
        return catalog.query("""
                        SELECT drill.*, database.name AS database_name, (
                            SELECT coalesce(max(finished_at), 0) / 1000 FROM drill AS good
                            WHERE good.database_id = database.id AND good.passed = 1) AS success
                        FROM database JOIN drill
                            ON drill.id = (SELECT max(id) FROM drill AS latest WHERE latest.database_id = database.id)
                        WHERE database.removed_at IS NULL
                        """)
                .query((row, number) ->
                        new Standing(row.getString("database_name"), drill(row, number), row.getLong("success")))
                .list();
    }

    private DrillResult drill(ResultSet row, int number) throws SQLException {
        return new DrillResult(
                UUID.fromString(row.getString("id")),
                UUID.fromString(row.getString("job_id")),
                UUID.fromString(row.getString("database_id")),
                UUID.fromString(row.getString("snapshot_id")),
                Instant.ofEpochMilli(row.getLong("snapshot_created_at")),
                row.getString("level"),
                row.getString("copy"),
                row.getBoolean("passed"),
                Instant.ofEpochMilli(row.getLong("finished_at")),
                row.getLong("restore_millis"),
                row.getLong("check_millis"),
                row.getLong("bytes"),
                catalog.stringList(row.getString("messages")),
                List.of(catalog.fromJson(row.getString("assertions"), AssertionResult[].class)));
    }
}
