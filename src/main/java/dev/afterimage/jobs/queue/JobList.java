package dev.afterimage.jobs.queue;

import static java.util.stream.Collectors.joining;

import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.VisibleDatabases;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
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
        var place = new ArrayList<String>(place(filter, after));
        conditions.addAll(place);
        var alike = alike(filter);
        if (alike.size() > 1 && !ofDatabase && !filter.visible().limited()) {
            conditions.add("id IN (%s)".formatted(newest(alike, place)));
        } else if (!alike.isEmpty()) {
            conditions.add("(" + String.join(" OR ", alike) + ")");
        }
        if (filter.visible().limited()) {
            if (!ofDatabase) {
                conditions.add(CONCERNED);
            }
            conditions.add(JobRow.VISIBLE);
        }
    }

    /** The greatest id of a job that was made before, among the few whose ids are of a later time than they are. */
    private static final String LATEST_AFTER_ITS_TIME = """
            (SELECT max(late.id) || '~' FROM job AS late INDEXED BY job_after_its_time
             WHERE substr(late.id, 1, 8) || substr(late.id, 10, 4) > printf('%012x', late.created_at)
               AND late.created_at < CAST(:to AS INTEGER))
            """;

    /** An id is never of an earlier time than its job, but of a later one after the clock went back: so it tells only where to begin. */
    private List<String> place(JobFilter filter, @Nullable UUID after) {
        var place = new ArrayList<String>();
        given(place, id + " < :after", "after", after);
        if (filter.from() != null) {
            given(place, id + " >= :lowest", "lowest", TimeOrderedId.lowest(filter.from()));
            given(place, "created_at >= CAST(:from AS INTEGER)", "from", millis(filter.from()));
        }
        if (filter.to() != null) {
            long to = millis(filter.to());
            var beyond = id + " < max(:beyond, coalesce(" + LATEST_AFTER_ITS_TIME + ", ''))";
            given(place, beyond, "beyond", TimeOrderedId.lowest(Instant.ofEpochMilli(to)));
            given(place, "created_at < CAST(:to AS INTEGER)", "to", to);
        }
        return place;
    }

    private static long millis(Instant moment) {
        return moment.plusNanos(999_999).toEpochMilli(); // to the next one, as it is made in one
    }

    /** A condition for each kind and state that is wanted, of which an index has the jobs in their order; none for all jobs. */
    private static List<String> alike(JobFilter filter) {
        var kinds = filter.kinds().stream()
                .map(kind -> "kind = '%s'".formatted(kind))
                .sorted()
                .toList();
        var states = filter.states().stream()
                .map(state -> "state = '%s'".formatted(state))
                .sorted()
                .toList();
        return kinds.isEmpty() || states.isEmpty()
                ? Stream.concat(kinds.stream(), states.stream()).toList()
                : kinds.stream()
                        .flatMap(kind -> states.stream().map(state -> kind + " AND " + state))
                        .toList();
    }

    /** So many of each that there are enough, whichever are the newest: all of them would be looked at to put them in order. */
    private static String newest(List<String> alike, List<String> place) {
        return alike.stream()
                .map(condition -> "SELECT * FROM (SELECT id FROM job%s WHERE %s ORDER BY id DESC LIMIT :limit)"
                        .formatted(
                                condition.contains(" AND ")
                                        ? " INDEXED BY job_by_kind_and_state" // between two ids SQLite prefers that of
                                        // the kind
                                        : "",
                                Stream.concat(Stream.of(condition), place.stream())
                                        .collect(joining(" AND "))))
                .collect(joining(" UNION ALL "));
    }

    private void given(String condition, String name, @Nullable Object value) {
        given(conditions, condition, name, value);
    }

    private void given(List<String> to, String condition, String name, @Nullable Object value) {
        if (value != null) {
            to.add(condition);
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
