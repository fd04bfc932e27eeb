package dev.afterimage.catalog.snapshots;

import dev.afterimage.catalog.databases.VisibleDatabases;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A list of snapshots as one statement, which begins at its place in an index that has the order of the list: that of the first filter
 * that is given among database, group, label and verification. A {@code +} keeps the others from choosing an index, after
 * which all that match would have to be sorted.
 *
 * <p>A caller who sees some databases only, and gives no such filter, gets what theirs have, sorted: who sees few, or none, must not look at
 * all there are.
 */
final class SnapshotList {

    private static final String OF_DATABASES =
            "database CROSS JOIN snapshot INDEXED BY snapshot_by_place ON snapshot.database_id = database.id";

    private final List<String> conditions = new ArrayList<>();
    private final Map<String, Object> values = new HashMap<>();
    private final String from;
    private final String orderedAt;
    private final String id;

    SnapshotList(SnapshotFilter filter, @Nullable SnapshotPlace after) {
        boolean byLabel = filter.label() != null && filter.database() == null && filter.group() == null;
        boolean byVisible =
                filter.visible().limited() && !byLabel && filter.database() == null && filter.group() == null;
        from = (byLabel
                        ? "snapshot_label AS label CROSS JOIN snapshot ON snapshot.id = label.snapshot_id"
                        : byVisible ? OF_DATABASES : "snapshot")
                + (byVisible ? "" : " CROSS JOIN database ON database.id = snapshot.database_id");
        orderedAt = byLabel ? "label.ordered_at" : "snapshot.ordered_at";
        id = byLabel ? "label.snapshot_id" : "snapshot.id";
        if (byVisible) {
            conditions.add(VisibleDatabases.CONDITION);
        }
        equal(
                "snapshot.database_id",
                "(SELECT id FROM database WHERE name = :database)",
                "database",
                filter.database());
        equal("snapshot.group_id", ":group", "group", Objects.toString(filter.group(), null));
        labelled(filter.label(), byLabel);
        equal("snapshot.verification", ":verification", "verification", Objects.toString(filter.verification(), null));
        within(filter.from(), filter.to(), after);
        if (filter.visible().limited() && !byVisible) {
            conditions.add(VisibleDatabases.CONDITION);
        }
    }

    private void equal(String column, String value, String name, @Nullable String given) {
        if (given != null) {
            conditions.add((conditions.isEmpty() ? "" : "+") + column + " = " + value);
            values.put(name, given);
        }
    }

    private void labelled(@Nullable String label, boolean byLabel) {
        if (label == null) {
            return;
        }
        var parts = label.split("=", 2);
        values.put("key", parts[0]);
        var condition = "label.key = :key";
        if (parts.length == 2) {
            values.put("value", parts[1]);
            condition += " AND label.value = :value";
        }
        conditions.add(
                byLabel
                        ? condition
                        : "EXISTS (SELECT 1 FROM snapshot_label AS label WHERE label.snapshot_id = snapshot.id AND "
                                + condition + ")");
    }

    /** One upper bound only, the lower of the two: it is where the statement begins in the index. */
    private void within(@Nullable Instant earliest, @Nullable Instant before, @Nullable SnapshotPlace after) {
        if (earliest != null) {
            conditions.add(orderedAt + " >= :from");
            values.put("from", earliest.toEpochMilli());
        }
        if (before != null && (after == null || !before.isAfter(after.orderedAt()))) {
            conditions.add(orderedAt + " < :to");
            values.put("to", before.toEpochMilli());
        } else if (after != null) {
            conditions.add("(%s, %s) < (:afterOrderedAt, :afterId)".formatted(orderedAt, id));
            values.put("afterOrderedAt", after.orderedAt().toEpochMilli());
            values.put("afterId", after.id().toString());
        }
    }

    /** CROSS JOIN keeps the order of the tables. The parameters {@code limit}, and {@code visible} of a filter that is limited, remain to be given. */
    String sql() {
        return """
                SELECT %s
                FROM %s
                %s
                WHERE %s
                ORDER BY %s DESC, %s DESC LIMIT :limit
                """.formatted(SnapshotRow.COLUMNS, from, SnapshotRow.LOG, String.join(" AND ", all()), orderedAt, id);
    }

    private List<String> all() {
        var all = new ArrayList<>(conditions);
        all.add("snapshot.deleted_at IS NULL");
        return all;
    }

    Map<String, Object> values() {
        return values;
    }
}
