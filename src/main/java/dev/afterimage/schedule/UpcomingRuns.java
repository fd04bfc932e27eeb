package dev.afterimage.schedule;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Page;
import dev.afterimage.catalog.databases.VisibleDatabases;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Which schedules are due next, of all databases. */
@Component
public class UpcomingRuns {

    /** Where a list goes on. */
    public record Place(long dueAt, UUID databaseId, String kind) {

        @Override
        public String toString() {
            return dueAt + " " + databaseId + " " + kind;
        }

        /** @throws IllegalArgumentException when it is none */
        public static Place parse(String text) {
            var parts = text.split(" ", 3);
            if (parts.length < 3) {
                throw new IllegalArgumentException("no place: " + text);
            }
            return new Place(Long.parseLong(parts[0]), UUID.fromString(parts[1]), parts[2]);
        }
    }

    /**
     * A due time.
     *
     * @param dueAt may have come already, when it is about to be dealt with
     * @param zone of the schedule that is in force
     */
    public record UpcomingRun(UUID databaseId, String database, ScheduleKind kind, Instant dueAt, String zone) {

        Place place() {
            return new Place(dueAt.toEpochMilli(), databaseId, kind.name());
        }
    }

    private final Catalog catalog;

    UpcomingRuns(Catalog catalog) {
        this.catalog = catalog;
    }

    /** Of databases that exist for somebody, the next one first. */
    public Page<UpcomingRun, Place> list(VisibleDatabases visible, @Nullable Place after, int limit) {
        var from = after == null ? new Place(Long.MIN_VALUE, new UUID(0, 0), "") : after;
        var rows = catalog.query("""
                        SELECT next_run.*, database.name,
                            (SELECT zone FROM schedule WHERE schedule.kind = next_run.kind AND schedule.database_id IN (database.id, '')
                             ORDER BY schedule.database_id DESC LIMIT 1) AS zone
                        FROM next_run CROSS JOIN database ON database.id = next_run.database_id
                        WHERE (due_at, database_id, kind) > (:dueAt, :databaseId, :kind)
                          AND kind IN ('BACKUP', 'DRILL') AND removed_at IS NULL AND
                        """ + VisibleDatabases.CONDITION + "ORDER BY due_at, database_id, kind LIMIT :limit")
                .param("dueAt", from.dueAt())
                .param("databaseId", from.databaseId().toString())
                .param("kind", from.kind())
                .param("visible", visible.json(catalog))
                .param("limit", limit + 1)
                .query((row, number) -> new UpcomingRun(
                        UUID.fromString(row.getString("database_id")),
                        row.getString("name"),
                        ScheduleKind.valueOf(row.getString("kind")),
                        Instant.ofEpochMilli(row.getLong("due_at")),
                        row.getString("zone")))
                .list();
        return Page.of(rows, limit, UpcomingRun::place);
    }
}
