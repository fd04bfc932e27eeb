package dev.afterimage.api.snapshots;

import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What there is in a database, as answers have it. */
@Schema(name = "DatabaseSchema", description = "What there is in a database; what SQLite makes itself is left out")
record SchemaJson(List<TableJson> tables, List<ViewJson> views, List<TriggerJson> triggers) {

    /** A table. */
    @Schema(name = "Table", description = "A table")
    record TableJson(
            @Schema(example = "customer") String name,

            @Schema(description = "SHADOW has the content of a virtual table", example = "TABLE")
            dev.afterimage.content.Schema.TableType type,

            @Schema(
                    description =
                            "Null when they cannot be counted without a module or collation that only the application has",
                    example = "120")
            @Nullable
            Long rows,

            @Schema(example = "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT)")
            String sql,

            @Schema(description = "Those that were made by a statement of their own")
            List<IndexJson> indexes) {}

    /** An index. */
    @Schema(name = "Index", description = "An index")
    record IndexJson(
            @Schema(example = "customer_name") String name,

            @Schema(example = "CREATE INDEX customer_name ON customer (name)")
            String sql) {}

    /** A view. */
    @Schema(name = "View", description = "A view")
    record ViewJson(String name, String sql) {}

    /** A trigger. */
    @Schema(name = "Trigger", description = "A trigger")
    record TriggerJson(
            String name,

            @Schema(description = "The table or view whose changes it hears of")
            String table,

            String sql) {}

    static SchemaJson of(dev.afterimage.content.Schema schema) {
        return new SchemaJson(
                schema.tables().stream().map(table -> table(table, schema)).toList(),
                schema.views().stream()
                        .map(view -> new ViewJson(view.name(), view.sql()))
                        .toList(),
                schema.triggers().stream()
                        .map(trigger -> new TriggerJson(trigger.name(), trigger.table(), trigger.sql()))
                        .toList());
    }

    private static TableJson table(dev.afterimage.content.Schema.Table table, dev.afterimage.content.Schema schema) {
        var indexes = schema.indexes().stream()
                .filter(index -> index.table().equalsIgnoreCase(table.name()))
                .map(index -> new IndexJson(index.name(), index.sql()))
                .toList();
        return new TableJson(table.name(), table.type(), table.rows(), table.sql(), indexes);
    }
}
