package dev.afterimage.content;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What leads from one state of a database to another.
 *
 * @param changes by type, then by name; without what is the same
 * @param rows of each table that either state has, by name
 */
public record SchemaDifference(List<Change> changes, List<Rows> rows) {

    /** What a {@link Change} is about. */
    public enum ObjectType {
        TABLE,
        INDEX,
        VIEW,
        TRIGGER
    }

    /**
     * @param before the statement that made it, null when it was not there
     * @param after the same afterwards
     */
    public record Change(
            ObjectType type,
            String name,
            @Nullable String before,
            @Nullable String after) {}

    /** Null on the side on which the table is not there, or cannot be read. */
    public record Rows(
            String table, @Nullable Long before, @Nullable Long after) {}

    public SchemaDifference {
        changes = List.copyOf(changes);
        rows = List.copyOf(rows);
    }

    public static SchemaDifference between(Schema before, Schema after) {
        var changes = new ArrayList<Change>();
        for (var type : ObjectType.values()) {
            addChanges(type, statements(type, before), statements(type, after), changes);
        }
        return new SchemaDifference(changes, rows(before, after));
    }

    private static Map<String, String> statements(ObjectType type, Schema schema) {
        var statements = new LinkedHashMap<String, String>();
        switch (type) {
            case TABLE -> schema.tables().forEach(table -> statements.put(table.name(), table.sql()));
            case INDEX -> schema.indexes().forEach(index -> statements.put(index.name(), index.sql()));
            case VIEW -> schema.views().forEach(view -> statements.put(view.name(), view.sql()));
            case TRIGGER -> schema.triggers().forEach(trigger -> statements.put(trigger.name(), trigger.sql()));
        }
        return statements;
    }

    private static void addChanges(
            ObjectType type, Map<String, String> before, Map<String, String> after, List<Change> changes) {
        var names = new TreeSet<>(before.keySet());
        names.addAll(after.keySet());
        for (var name : names) {
            if (!Objects.equals(before.get(name), after.get(name))) {
                changes.add(new Change(type, name, before.get(name), after.get(name)));
            }
        }
    }

    private static List<Rows> rows(Schema before, Schema after) {
        var rowsBefore = rows(before);
        var rowsAfter = rows(after);
        var names = new TreeSet<>(rowsBefore.keySet());
        names.addAll(rowsAfter.keySet());
        return names.stream()
                .map(name -> new Rows(name, rowsBefore.get(name), rowsAfter.get(name)))
                .toList();
    }

    private static Map<String, @Nullable Long> rows(Schema schema) {
        var rows = new LinkedHashMap<String, @Nullable Long>();
        schema.tables().forEach(table -> rows.put(table.name(), table.rows()));
        return rows;
    }
}
