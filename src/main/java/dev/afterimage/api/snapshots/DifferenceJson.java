package dev.afterimage.api.snapshots;

import dev.afterimage.content.PageDifference;
import dev.afterimage.content.SchemaDifference;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What leads from one snapshot to another, as answers have it. */
@Schema(name = "Difference", description = "What leads from one snapshot to another")
public record DifferenceJson(
        @Schema(description = "Of the schema, by type, then by name; without what is the same")
        List<ChangeJson> changes,

        @Schema(description = "Of each table that either has, by name")
        List<RowsJson> rows,

        @Schema(description = "Null unless asked for") @Nullable
        PagesJson pages) {

    /** What happened to a part of the schema. */
    enum ChangeKind {
        ADDED,
        REMOVED,
        CHANGED
    }

    /** A change of the schema. */
    @Schema(name = "SchemaChange", description = "A change of the schema")
    record ChangeJson(
            @Schema(example = "INDEX") SchemaDifference.ObjectType type,
            @Schema(example = "customer_name") String name,
            @Schema(example = "ADDED") ChangeKind change,

            @Schema(description = "The statement that made it; null when it was not there") @Nullable
            String before,

            @Schema(description = "The same afterwards") @Nullable
            String after) {

        static ChangeJson of(SchemaDifference.Change change) {
            var kind = change.before() == null
                    ? ChangeKind.ADDED
                    : change.after() == null ? ChangeKind.REMOVED : ChangeKind.CHANGED;
            return new ChangeJson(change.type(), change.name(), kind, change.before(), change.after());
        }
    }

    /** How many rows a table has. */
    @Schema(
            name = "RowCounts",
            description = "How many rows a table has; null where it is not there, or cannot be counted")
    record RowsJson(
            @Schema(example = "customer") String table,
            @Schema(example = "120") @Nullable Long before,
            @Schema(example = "125") @Nullable Long after,

            @Schema(description = "After, less before; null when either is", example = "5") @Nullable
            Long difference) {

        static RowsJson of(SchemaDifference.Rows rows) {
            var before = rows.before();
            var after = rows.after();
            return new RowsJson(
                    rows.table(), before, after, before == null || after == null ? null : Long.valueOf(after - before));
        }
    }

    /** Which pages differ. */
    @Schema(
            name = "PageDifference",
            description =
                    "Which pages differ. Those that are unused, or that SQLite keeps for itself, belong to no tree")
    record PagesJson(
            @Schema(description = "Bytes per page", example = "4096")
            int pageSize,

            @Schema(example = "310") long before,
            @Schema(example = "312") long after,

            @Schema(
                    description = "Pages of the second whose bytes are not those of the first's page of that number",
                    example = "7")
            long changed,

            @Schema(description = "Tables and indexes, by name")
            List<TreeJson> trees) {

        static PagesJson of(PageDifference pages) {
            return new PagesJson(
                    pages.pageSize(),
                    pages.before(),
                    pages.after(),
                    pages.changed(),
                    pages.trees().stream().map(TreeJson::of).toList());
        }
    }

    /** The pages of a table or an index. */
    @Schema(name = "TreePages", description = "The pages of a table or an index")
    record TreeJson(
            @Schema(example = "customer_name") String name,

            @Schema(description = "The one to which an index belongs, else the same as the name", example = "customer")
            String table,

            @Schema(example = "12") long before,
            @Schema(example = "13") long after,

            @Schema(description = "Of those that it has afterwards", example = "2")
            long changed) {

        static TreeJson of(PageDifference.Tree tree) {
            return new TreeJson(tree.name(), tree.table(), tree.before(), tree.after(), tree.changed());
        }
    }

    public static DifferenceJson of(SchemaDifference difference, @Nullable PageDifference pages) {
        return new DifferenceJson(
                difference.changes().stream().map(ChangeJson::of).toList(),
                difference.rows().stream().map(RowsJson::of).toList(),
                pages == null ? null : PagesJson.of(pages));
    }
}
