package dev.afterimage.schedule;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import dev.afterimage.catalog.Page;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.schedule.ScheduleRun.SkipReason;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The latest runs of each schedule. */
@Component
public class ScheduleRuns {

    /** So many of each schedule are remembered. */
    static final int KEPT = 100;

    private final Catalog catalog;
    private final Clock clock;

    ScheduleRuns(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** Adds one that is to be decided, and forgets the one that is too old now. */
    ScheduleRun add(UUID databaseId, ScheduleKind kind, Instant dueAt) {
        var run = new ScheduleRun(
                TimeOrderedId.next(clock), databaseId, kind, dueAt, ScheduleRun.State.DUE, null, null, null);
        catalog.update("""
                        INSERT INTO schedule_run (id, database_id, kind, due_at, state)
                        VALUES (:id, :databaseId, :kind, :dueAt, :state)
                        """)
                .param("id", run.id().toString())
                .param("databaseId", databaseId.toString())
                .param("kind", kind.name())
                .param("dueAt", dueAt.toEpochMilli())
                .param("state", run.state().name())
                .update();
        catalog.update("""
                        DELETE FROM schedule_run WHERE database_id = :databaseId AND kind = :kind AND id <= (
                            SELECT id FROM schedule_run WHERE database_id = :databaseId AND kind = :kind
                            ORDER BY id DESC LIMIT 1 OFFSET :kept)
                        """)
                .param("databaseId", databaseId.toString())
                .param("kind", kind.name())
                .param("kept", KEPT)
                .update();
        return run;
    }

    /** Those that a process has claimed that died before it decided them. */
    List<ScheduleRun> undecided() {
        return catalog.query(
                        "SELECT * FROM schedule_run WHERE state = 'DUE' AND kind IN ('BACKUP', 'DRILL') ORDER BY id")
                .query(this::run)
                .list();
    }

    /** The latest job that was made of the same schedule before this run. */
    Optional<UUID> jobBefore(ScheduleRun run) {
        return catalog.query("""
                        SELECT job_id FROM schedule_run
                        WHERE database_id = :databaseId AND kind = :kind AND state = 'SUBMITTED' AND id < :id
                        ORDER BY id DESC LIMIT 1
                        """)
                .param("databaseId", run.databaseId().toString())
                .param("kind", run.kind().name())
                .param("id", run.id().toString())
                .query((row, number) -> UUID.fromString(row.getString("job_id")))
                .optional();
    }

    void submitted(ScheduleRun run, UUID jobId) {
        decide(run, ScheduleRun.State.SUBMITTED, null, null, jobId);
    }

    void skipped(ScheduleRun run, ScheduleRun.SkipReason reason, String detail) {
        decide(run, ScheduleRun.State.SKIPPED, reason, detail, null);
    }

    private void decide(
            ScheduleRun run,
            ScheduleRun.State state,
            ScheduleRun.@Nullable SkipReason reason,
            @Nullable String detail,
            @Nullable UUID jobId) {
        catalog.update("""
                        UPDATE schedule_run SET state = :state, reason = :reason, detail = :detail, job_id = :jobId
                        WHERE id = :id
                        """)
                .param("state", state.name())
                .param("reason", Objects.toString(reason, null))
                .param("detail", detail)
                .param("jobId", Objects.toString(jobId, null))
                .param("id", run.id().toString())
                .update();
    }

    public Optional<ScheduleRun> last(UUID databaseId, ScheduleKind kind) {
        return list(databaseId, kind, null, 1).items().stream().findFirst();
    }

    /** Newest first, those older than {@code after}. */
    public Page<ScheduleRun, UUID> list(UUID databaseId, ScheduleKind kind, @Nullable UUID after, int limit) {
        var rows = catalog.query("""
                        SELECT * FROM schedule_run
                        WHERE database_id = :databaseId AND kind = :kind AND (:after IS NULL OR id < :after)
                        ORDER BY id DESC LIMIT :limit
                        """)
                .param("databaseId", databaseId.toString())
                .param("kind", kind.name())
                .param("after", Objects.toString(after, null))
                .param("limit", limit + 1)
                .query(this::run)
                .list();
        return Page.of(rows, limit, ScheduleRun::id);
    }

    /** @param database its name */
    public record RunOfDatabase(String database, ScheduleRun run) {}

    /** Of all databases that exist for somebody, newest first, those older than {@code after}. */
    public Page<RunOfDatabase, UUID> list(
            VisibleDatabases visible, ScheduleRun.@Nullable State state, @Nullable UUID after, int limit) {
        var from = visible.limited() // who sees few must not look at those of all
                ? "database CROSS JOIN schedule_run ON schedule_run.database_id = database.id"
                : "schedule_run CROSS JOIN database ON database.id = schedule_run.database_id";
        var rows = catalog.query("SELECT schedule_run.*, database.name FROM " + from + """
                         WHERE schedule_run.kind IN ('BACKUP', 'DRILL') AND removed_at IS NULL
                          AND (:state IS NULL OR state = :state) AND schedule_run.id < :after AND
                        """ + VisibleDatabases.CONDITION
                        + "ORDER BY schedule_run.id DESC LIMIT :limit")
                .param("state", Objects.toString(state, null))
                .param("after", Objects.toString(after, "g")) // above all ids
                .param("visible", visible.json(catalog))
                .param("limit", limit + 1)
                .query((row, number) -> new RunOfDatabase(row.getString("name"), run(row, number)))
                .list();
        return Page.of(rows, limit, one -> one.run().id());
    }

    private ScheduleRun run(ResultSet row, int number) throws SQLException {
        var reason = row.getString("reason");
        var jobId = row.getString("job_id");
        return new ScheduleRun(
                UUID.fromString(row.getString("id")),
                UUID.fromString(row.getString("database_id")),
                ScheduleKind.valueOf(row.getString("kind")),
                Instant.ofEpochMilli(row.getLong("due_at")),
                Columns.readOr(ScheduleRun.State.SKIPPED, row.getString("state"), ScheduleRun.State::valueOf),
                reason == null ? null : Columns.readOr(SkipReason.REFUSED, reason, SkipReason::valueOf),
                row.getString("detail"),
                jobId == null ? null : UUID.fromString(jobId));
    }
}
