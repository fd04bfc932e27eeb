package dev.afterimage.jobs;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Node;
import dev.afterimage.catalog.VisibleDatabases;
import dev.afterimage.problem.Problem;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;

/** Reads a row of the table {@code job}. */
final class JobRow implements RowMapper<Job> {

    /** Of {@code job}, which may be joined with the databases that it concerns. */
    static final String COLUMNS =
            "*, (SELECT json_group_array(database_name) FROM job_database WHERE job_id = job.id) AS databases\n";

    /** All jobs; a condition follows. */
    static final String SELECT = "SELECT " + COLUMNS + "FROM job\n";

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

    JobRow(Catalog catalog, Node node) {
        this.catalog = catalog;
        this.node = node;
    }

    @Override
    public Job mapRow(ResultSet row, int number) throws SQLException {
        return new Job(
                UUID.fromString(row.getString("id")),
                catalog.fromJson(row.getString("spec"), JobSpec.class),
                catalog.stringList(row.getString("databases")),
                node.shown(row.getString("node")),
                JobState.valueOf(row.getString("state")),
                row.getString("phase"),
                Priority.values()[row.getInt("priority")],
                Instant.ofEpochMilli(row.getLong("created_at")),
                Instant.ofEpochMilli(row.getLong("run_at")),
                Catalog.instant(row.getObject("started_at")),
                Catalog.instant(row.getObject("finished_at")),
                row.getInt("attempt"),
                row.getBoolean("cancel_requested"),
                json(row.getString("progress"), Progress.class),
                result(row.getString("result")),
                json(row.getString("problem"), Problem.class));
    }

    private <T> @Nullable T json(@Nullable String column, Class<T> type) {
        return column == null ? null : catalog.fromJson(column, type);
    }

    @SuppressWarnings("unchecked") // a JSON object always reads as a map with text keys
    private @Nullable Map<String, Object> result(@Nullable String column) {
        return column == null ? null : catalog.fromJson(column, Map.class);
    }
}
