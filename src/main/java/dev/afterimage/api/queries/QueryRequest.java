package dev.afterimage.api.queries;

import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.api.snapshots.MomentRequest;
import dev.afterimage.content.Query;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.PositiveOrZero;
import jakarta.validation.constraints.Size;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A question in SQL. */
@Schema(
        description = "A question in SQL, which may only read",
        example = "{\"sql\": \"SELECT id, total FROM orders WHERE customer = ?\", \"params\": [42]}")
record QueryRequest(
        @Schema(description = "One SELECT, WITH or VALUES", example = "SELECT count(*) FROM orders")
        @NotNull
        @Size(min = 1, max = Query.LONGEST_SQL)
        String sql,

        @ArraySchema(
                arraySchema =
                        @Schema(
                                description = "For its question marks, in their order. A boolean is 1 or 0, a blob is"
                                        + " {\"base64\": \"…\"}",
                                defaultValue = "[]"),
                schema = @Schema(types = {"null", "boolean", "integer", "number", "string", "object"}))
        @Size(max = MOST_PARAMETERS)
        List<@Nullable Object> params,

        @Schema(description = "Of the query of a database: " + MomentRequest.AT) @Nullable
        Instant at,

        @Schema(description = "Of the query of a database: " + MomentRequest.COMMIT) @PositiveOrZero @Nullable
        Long commit,

        @Schema(description = "So many rows at most", defaultValue = "1000") @Min(1) @Max(MOST_ROWS)
        Integer limit,

        @Schema(description = "Of the answer; left out, the header Accept decides") @Nullable
        QueryFormat format) {

    static final int MOST_PARAMETERS = 1000;
    static final int MOST_ROWS = 100_000;
    private static final int USUAL_ROWS = 1000;
    private static final String WHAT_IT_MUST_BE =
            "must be null, a boolean, a number that SQLite can hold, a string, or {\"base64\": \"…\"}";

    QueryRequest {
        params = new ArrayList<>(Objects.requireNonNullElse(params, List.of()));
        limit = Objects.requireNonNullElse(limit, USUAL_ROWS);
    }

    Query query() {
        var values = new ArrayList<@Nullable Object>();
        for (int i = 0; i < params.size(); i++) {
            values.add(value(params.get(i), "params[" + i + "]"));
        }
        return new Query(sql, values, limit);
    }

    private static @Nullable Object value(@Nullable Object given, String field) {
        return switch (given) {
            case null -> null;
            case Boolean truth -> truth ? 1L : 0L;
            case BigInteger _ -> throw InvalidField.refused(field, WHAT_IT_MUST_BE);
            case Double real when Double.isFinite(real) -> real;
            case Integer number -> number.longValue();
            case Long number -> number;
            case String text -> text;
            case Map<?, ?> object
            when object.size() == 1 && object.get("base64") instanceof String text -> blob(text, field);
            default -> throw InvalidField.refused(field, WHAT_IT_MUST_BE);
        };
    }

    private static byte[] blob(String base64, String field) {
        try {
            return Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw InvalidField.refused(field + ".base64", "must be Base64 of RFC 4648, section 4");
        }
    }
}
