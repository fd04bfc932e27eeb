package dev.afterimage.jobs.queue;

import dev.afterimage.catalog.databases.VisibleDatabases;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A list of jobs as one statement, which has the conditions that are given and no others: so it begins at its place in an index that has
 * the order of the list.
 */
final class JobList {

    private final List<String> conditions = new ArrayList<>();
    private final Map<String, Object> values = new HashMap<>();
    private final String from;
    private final String id;

    /** Who sees few jobs, or none, must not look at all of them. */
    private static final String CONCERNED = """
            id IN (SELECT job_id FROM database CROSS JOIN job_database ON job_database.database_name = database.name WHERE
            """ + VisibleDatabases.CONDITION + ")\n";

    JobList(JobFilter filter, @Nullable UUID after) {
        boolean ofDatabase = filter.database() != null;
        from = ofDatabase ? "job_database AS concerned CROSS JOIN job ON job.id = concerned.job_id" : "job";
        id = ofDatabase ? "concerned.job_id" : "id";
        given("concerned.database_name = :database", "database", filter.database());
        given("kind = :kind", "kind", filter.kind());
        given("state = :state", "state", filter.state());
        given(id + " < :after", "after", after);
        if (filter.visible().limited()) {
            if (!ofDatabase) {
                conditions.add(CONCERNED);
            }
            conditions.add(JobRow.VISIBLE);
        }
    }

    private void given(String condition, String name, @Nullable Object value) {
        if (value != null) {
            conditions.add(condition);
            values.put(name, Objects.toString(value));
        }
    }

    /** The parameters {@code limit}, and {@code visible} of a filter that is limited, remain to be given. */
    String sql() {
        return "SELECT " + JobRow.COLUMNS + "FROM " + from
                + (conditions.isEmpty() ? "" : "\nWHERE " + String.join(" AND ", conditions))
                + "\nORDER BY " + id + " DESC LIMIT :limit";
    }

    Map<String, Object> values() {
        return values;
    }
}
