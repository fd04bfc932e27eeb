package dev.afterimage.api.queries;

import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.content.QueryRows;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What a query found. */
@Schema(name = "QueryAnswer", description = "What a query found")
record QueryAnswerJson(
        @Schema(description = "The one that was asked") UUID snapshotId,

        @Schema(description = "Of which moment it has the state")
        Instant createdAt,

        List<ColumnJson> columns,

        @ArraySchema(
                arraySchema =
                        @Schema(
                                description =
                                        "One array per row, with one value per column: null, integers with all their digits, reals with a"
                                                + " point or an exponent, strings, {\"base64\": \"…\"} for a blob, and {\"real\": \"Infinity\"} or"
                                                + " {\"real\": \"-Infinity\"}",
                                example = "[[17, \"Ada\", null]]"),
                schema = @Schema(implementation = Object.class, types = "array"))
        List<List<@Nullable Object>> rows,

        @Schema(description = "Whether there are more rows than the limit")
        boolean truncated) {

    /** A column. */
    @Schema(name = "QueryColumn", description = "A column of the answer")
    record ColumnJson(
            @Schema(example = "total") String name,

            @Schema(description = "What its table was made with; null for what is computed", example = "INTEGER")
            @Nullable
            String declaredType) {}

    private record BlobJson(byte[] base64) {}

    private record RealJson(String real) {}

    /** Collects them. */
    static final class Rows implements QueryRows {

        private final AnswerSize size = new AnswerSize();
        private final List<ColumnJson> columns = new ArrayList<>();
        private final List<List<@Nullable Object>> rows = new ArrayList<>();

        @Override
        public void begin(List<Column> found) {
            for (var column : found) {
                columns.add(new ColumnJson(column.name(), column.declaredType()));
            }
        }

        @Override
        public void add(List<@Nullable Object> values) {
            size.add(values);
            values.replaceAll(Rows::json);
            rows.add(values);
        }

        private static @Nullable Object json(@Nullable Object value) {
            return switch (value) {
                case null -> null;
                case byte[] blob -> new BlobJson(blob);
                case Double real when real.isInfinite() -> new RealJson(real.toString());
                default -> value;
            };
        }

        QueryAnswerJson of(Snapshot snapshot, boolean truncated) {
            return new QueryAnswerJson(snapshot.id(), snapshot.createdAt(), columns, rows, truncated);
        }
    }
}
