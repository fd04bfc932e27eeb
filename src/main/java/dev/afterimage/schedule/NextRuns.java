package dev.afterimage.schedule;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.home.Node;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** When each database is due next, found by an index: nothing is computed while nothing is due. */
@Component
class NextRuns {

    /** When a schedule is due. */
    record Due(UUID databaseId, ScheduleKind kind, Instant at) {}

    /** Of the kinds that this version knows. */
    private static final String DUE = """
            SELECT next_run.* FROM next_run JOIN database ON database.id = next_run.database_id
            WHERE due_at <= :now AND kind IN ('BACKUP', 'DRILL') AND removed_at IS NULL AND node = :node
            ORDER BY due_at LIMIT 1
            """;

    private static final String MISSING = """
            SELECT id FROM database
            WHERE removed_at IS NULL
              AND EXISTS (SELECT 1 FROM schedule WHERE kind = :kind AND database_id IN (database.id, ''))
              AND NOT EXISTS (SELECT 1 FROM next_run WHERE database_id = database.id AND kind = :kind)
            """;

    private final Catalog catalog;
    private final Node node;
    private final Clock clock;

    NextRuns(Catalog catalog, Node node, Clock clock) {
        this.catalog = catalog;
        this.node = node;
        this.clock = clock;
    }

    /** Whether something may be due. Takes no lock. */
    boolean anyDue() {
        return catalog.query("SELECT EXISTS (" + DUE + ")")
                .param("now", clock.millis())
                .param("node", node.id().toString())
                .query(Boolean.class)
                .single();
    }

    /** What was due first among what is due, as the present transaction sees it. */
    Optional<Due> firstDue() {
        return catalog.queryInTransaction(DUE)
                .param("now", clock.millis())
                .param("node", node.id().toString())
                .query(NextRuns::due)
                .optional();
    }

    private static Due due(ResultSet row, int number) throws SQLException {
        return new Due(
                UUID.fromString(row.getString("database_id")),
                ScheduleKind.valueOf(row.getString("kind")),
                Instant.ofEpochMilli(row.getLong("due_at")));
    }

    /** What is to come, at any node. */
    List<Due> toCome() {
        return catalog.query("SELECT * FROM next_run WHERE due_at > :now AND kind IN ('BACKUP', 'DRILL')")
                .param("now", clock.millis())
                .query(NextRuns::due)
                .list();
    }

    Optional<Instant> find(UUID databaseId, ScheduleKind kind) {
        return catalog.query(
                        "SELECT due_at FROM next_run WHERE database_id = :id AND kind = :kind AND due_at IS NOT NULL")
                .param("id", databaseId.toString())
                .param("kind", kind.name())
                .query(Long.class)
                .optional()
                .map(Instant::ofEpochMilli);
    }

    /** @param due empty for never */
    void put(UUID databaseId, ScheduleKind kind, Optional<Instant> due) {
        catalog.update("""
                        INSERT INTO next_run (database_id, kind, due_at) VALUES (:id, :kind, :due)
                        ON CONFLICT (database_id, kind) DO UPDATE SET due_at = excluded.due_at
                        """)
                .param("id", databaseId.toString())
                .param("kind", kind.name())
                .param("due", due.map(Instant::toEpochMilli).orElse(null))
                .update();
    }

    /** Does nothing when the schedule was dealt with, or changed, since it was read. */
    void bringForward(Due due, Instant earlier) {
        catalog.update(
                        "UPDATE next_run SET due_at = :earlier WHERE database_id = :id AND kind = :kind AND due_at = :due")
                .param("earlier", earlier.toEpochMilli())
                .param("id", due.databaseId().toString())
                .param("kind", due.kind().name())
                .param("due", due.at().toEpochMilli())
                .update();
    }

    void remove(UUID databaseId, ScheduleKind kind) {
        catalog.update("DELETE FROM next_run WHERE database_id = :id AND kind = :kind")
                .param("id", databaseId.toString())
                .param("kind", kind.name())
                .update();
    }

    /** Of databases that have no schedule of their own. */
    void removeInherited(ScheduleKind kind) {
        catalog.update("""
                        DELETE FROM next_run WHERE kind = :kind AND NOT EXISTS (
                            SELECT 1 FROM schedule
                            WHERE schedule.kind = next_run.kind AND schedule.database_id = next_run.database_id)
                        """).param("kind", kind.name()).update();
    }

    void removeUnregistered() {
        var unregistered = "FROM next_run WHERE database_id IN (SELECT id FROM database WHERE removed_at IS NOT NULL)";
        boolean any = catalog.query("SELECT EXISTS (SELECT 1 " + unregistered + ")")
                .query(Boolean.class)
                .single();
        if (any) {
            catalog.update("DELETE " + unregistered).update();
        }
    }

    /** Whether {@link #missing} has any. Takes no lock. */
    boolean anyMissing(ScheduleKind kind) {
        return catalog.query("SELECT EXISTS (" + MISSING + ")")
                .param("kind", kind.name())
                .query(Boolean.class)
                .single();
    }

    /** Registered databases that have a schedule, and no next run yet, as the present transaction sees it. */
    List<UUID> missing(ScheduleKind kind) {
        return catalog.queryInTransaction(MISSING)
                .param("kind", kind.name())
                .query((row, number) -> UUID.fromString(row.getString("id")))
                .list();
    }
}
