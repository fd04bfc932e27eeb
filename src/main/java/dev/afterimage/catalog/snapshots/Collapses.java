package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** When databases have lost most of what they held, and whether somebody has acknowledged that. Rows outlive the snapshots that they are about. */
@Component
public class Collapses {

    private static final String LAST_BEFORE = """
            SELECT snapshot.id FROM collapse JOIN snapshot ON snapshot.database_id = collapse.database_id
            WHERE collapse.database_id = :databaseId AND acknowledged_at IS NULL AND snapshot.deleted_at IS NULL
              AND (snapshot.id = collapse.before_id
                OR snapshot.state = 'AVAILABLE' AND snapshot.verification <> 'FAILED'
                AND snapshot.ordered_at < collapse.ordered_at
                AND NOT EXISTS (
                    SELECT 1 FROM snapshot AS other
                    WHERE other.database_id = collapse.database_id AND other.deleted_at IS NULL
                      AND other.state = 'AVAILABLE' AND other.verification <> 'FAILED'
                      AND (other.verification = 'PASSED' OR snapshot.verification <> 'PASSED')
                      AND (other.ordered_at, other.id) > (snapshot.ordered_at, snapshot.id)
                      AND other.ordered_at < collapse.ordered_at))
            """;

    private final Catalog catalog;
    private final Clock clock;

    public Collapses(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** Joins the transaction that has added the snapshot. One that is known stays as it is: it may be acknowledged. */
    static void add(Catalog catalog, Collapse collapse) {
        catalog.update("""
                        INSERT INTO collapse (snapshot_id, database_id, before_id, at, ordered_at, bytes_before, bytes,
                            tables_before, tables, told, acknowledged_at)
                        VALUES (:snapshotId, :databaseId, :before, :at,
                            (SELECT ordered_at FROM snapshot WHERE id = :snapshotId), :bytesBefore, :bytes,
                            :tablesBefore, :tables, 0, NULL)
                        ON CONFLICT (snapshot_id) DO NOTHING
                        """)
                .param("snapshotId", collapse.snapshotId().toString())
                .param("databaseId", collapse.databaseId().toString())
                .param("before", collapse.before().toString())
                .param("at", collapse.at().toEpochMilli())
                .param("bytesBefore", collapse.bytesBefore())
                .param("bytes", collapse.bytes())
                .param("tablesBefore", collapse.tablesBefore())
                .param("tables", collapse.tables())
                .update();
    }

    /** All of a database, newest first. */
    public List<Collapse> list(UUID databaseId) {
        return catalog.query(
                        "SELECT * FROM collapse WHERE database_id = :id ORDER BY ordered_at DESC, snapshot_id DESC")
                .param("id", databaseId.toString())
                .query(Collapses::row)
                .list();
    }

    /** Those that nobody has acknowledged, newest first. */
    public List<Collapse> open(UUID databaseId) {
        return list(databaseId).stream()
                .filter(collapse -> collapse.acknowledgedAt() == null)
                .toList();
    }

    /**
     * Which snapshots are all that is left of what a database held before collapses that nobody has acknowledged: of each collapse the one
     * that it was seen from, and the newest good one and the newest that passed before it, since the one may be quarantined by now. What was
     * before is told by the places of snapshots, since clocks go back.
     */
    public Set<UUID> lastBefore(UUID databaseId) {
        return catalog.query(LAST_BEFORE)
                .param("databaseId", databaseId.toString())
                .query((row, number) -> UUID.fromString(row.getString("id")))
                .set();
    }

    /** Whether it is one of these; of the transaction that this joins. */
    static boolean isLastBefore(Catalog catalog, Snapshot snapshot) {
        return catalog.queryInTransaction("SELECT :id IN (" + LAST_BEFORE + ")")
                .param("id", snapshot.id().toString())
                .param("databaseId", snapshot.databaseId().toString())
                .query(Boolean.class)
                .single();
    }

    /**
     * Says that it is as it should be. Said again, it stays as it was said first.
     *
     * @throws ProblemException COLLAPSE_NOT_FOUND when the database did not collapse in that snapshot
     */
    public Collapse acknowledge(Database database, UUID snapshotId) {
        catalog.update("""
                        UPDATE collapse SET acknowledged_at = coalesce(acknowledged_at, :now)
                        WHERE snapshot_id = :snapshotId AND database_id = :databaseId
                        """)
                .param("now", clock.millis())
                .param("snapshotId", snapshotId.toString())
                .param("databaseId", database.id().toString())
                .update();
        return list(database.id()).stream()
                .filter(collapse -> collapse.snapshotId().equals(snapshotId))
                .findFirst()
                .orElseThrow(() -> new ProblemException(Problem.of(
                        ProblemCode.COLLAPSE_NOT_FOUND,
                        "Database '%s' did not collapse in snapshot %s".formatted(database.name(), snapshotId),
                        "GET /api/v1/databases/%s/collapses lists in which it did.".formatted(database.name()))));
    }

    /**
     * Which of some databases have collapsed since this was asked last; they count as told from now on. Joins the present transaction.
     *
     * @param names of databases
     */
    public List<String> tell(List<String> names) {
        var json = catalog.toJson(names);
        var untold = catalog.queryInTransaction("""
                        SELECT DISTINCT database.name FROM collapse JOIN database ON database.id = collapse.database_id
                        WHERE told = 0 AND database.name IN (SELECT value FROM json_each(:names)) ORDER BY database.name
                        """)
                .param("names", json)
                .query(String.class)
                .list();
        if (!untold.isEmpty()) {
            catalog.update("""
                            UPDATE collapse SET told = 1 WHERE told = 0 AND database_id IN (
                                SELECT id FROM database WHERE name IN (SELECT value FROM json_each(:names)))
                            """).param("names", json).update();
        }
        return untold;
    }

    private static Collapse row(ResultSet row, int number) throws SQLException {
        return new Collapse(
                UUID.fromString(row.getString("snapshot_id")),
                UUID.fromString(row.getString("database_id")),
                UUID.fromString(row.getString("before_id")),
                Instant.ofEpochMilli(row.getLong("at")),
                row.getLong("bytes_before"),
                row.getLong("bytes"),
                row.getLong("tables_before"),
                row.getLong("tables"),
                Catalog.instant(row.getObject("acknowledged_at")));
    }
}
