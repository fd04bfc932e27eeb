package dev.afterimage.jobs.queue;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;

/** Reads a row of the table {@code job}, whatever version has written it. */
public final class JobRow implements RowMapper<Job> {

    /** Of {@code job}, which may be joined with the databases that it concerns. */
    static final String COLUMNS =
            "*, (SELECT json_group_array(database_name) FROM job_database WHERE job_id = job.id) AS databases\n";

    /** All jobs; a condition follows. */
    public static final String SELECT = "SELECT " + COLUMNS + "FROM job\n";

    /**
     * A condition on a row of {@code job}, with the parameter {@code visible}: a job that is about all databases, or about one that does
     * not exist for somebody, does not exist for them either.
     */
    static final String VISIBLE = """
            (:visible IS NULL OR EXISTS (SELECT 1 FROM job_database WHERE job_id = job.id) AND NOT EXISTS (
                SELECT 1 FROM job_database LEFT JOIN database ON database.name = database_name
                WHERE job_id = job.id AND NOT
            """ + VisibleDatabases.CONDITION + "))\n";

    /** How a statement ends that changes jobs and tells what they are now. */
    static final String RETURNING = "RETURNING " + COLUMNS;

    private final Catalog catalog;
    private final Node node;

    public JobRow(Catalog catalog, Node node) {
        this.catalog = catalog;
        this.node = node;
    }

    @Override
    public Job mapRow(ResultSet row, int number) throws SQLException {
        return new Job(
                UUID.fromString(row.getString("id")),
                Columns.readOr(
                        new JobSpec.Unreadable(), row.getString("spec"), spec -> catalog.fromJson(spec, JobSpec.class)),
                catalog.stringList(row.getString("databases")),
                node.shown(row.getString("node")),
                Columns.readOr(JobState.FAILED, row.getString("state"), JobState::valueOf),
                row.getString("phase"),
                Priority.of(row.getInt("priority")),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Instant.ofEpochMilli(row.getLong("run_at")),
                Catalog.instant(row.getObject("started_at")),
                Catalog.instant(row.getObject("finished_at")),
                row.getInt("attempt"),
                row.getBoolean("cancel_requested"),
                json(row.getString("progress"), Progress.class),
                result(row.getString("result")),
                problem(catalog, row.getString("problem")));
    }

    private <T> @Nullable T json(@Nullable String column, Class<T> type) {
        return Columns.readOrNull(column, json -> catalog.fromJson(json, type));
    }

    /** Its code may be one that only a newer version knows. */
    public static @Nullable Problem problem(Catalog catalog, @Nullable String column) {
        if (column == null) {
            return null;
        }
        var unreadable = Problem.of(
                ProblemCode.WRITTEN_BY_ANOTHER_VERSION, "What went wrong was noted by another version: " + column);
        return Columns.readOr(unreadable, column, json -> catalog.fromJson(json, Problem.class));
    }

    @SuppressWarnings("unchecked") // a JSON object always reads as a map with text keys
    private @Nullable Map<String, Object> result(@Nullable String column) {
        return json(column, Map.class);
    }
}
