package dev.afterimage.catalog.databases;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The databases that exist for somebody: those of some names, and those that have one of some labels at the moment when it is
 * asked. For others each answer is as if there were no other databases.
 *
 * @param entries names, and labels as {@code key=value}; a name has no equals sign. Null for all databases, now and later
 */
public record VisibleDatabases(@Nullable List<String> entries) {

    public static final VisibleDatabases ALL = new VisibleDatabases(null);

    public static final VisibleDatabases NONE = new VisibleDatabases(List.of());

    /** A condition on a row of {@code database}, with the parameter {@code visible}. */
    public static final String CONDITION = """
            (:visible IS NULL OR EXISTS (
                SELECT 1 FROM json_each(:visible) AS entry
                WHERE entry.value = database.name
                   OR entry.value IN (
                       SELECT label.key || '=' || label.value FROM json_each(database.labels) AS label)))
            """;

    public VisibleDatabases {
        entries = entries == null ? null : List.copyOf(entries);
    }

    public static VisibleDatabases of(Catalog catalog, @Nullable String json) {
        return json == null
                ? ALL
                : Columns.readOr(NONE, json, entries -> new VisibleDatabases(catalog.stringList(entries)));
    }

    /** The value of the condition's parameter. */
    public @Nullable String json(Catalog catalog) {
        return entries == null ? null : catalog.toJson(entries);
    }

    /** Whether some databases do not exist for the one who asks. */
    public boolean limited() {
        return entries != null;
    }
}
