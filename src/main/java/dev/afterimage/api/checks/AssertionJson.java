package dev.afterimage.api.checks;

import dev.afterimage.check.Assertion;
import dev.afterimage.content.Query;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;

/** What must be true of what a drill restores. */
@Schema(
        name = "Assertion",
        description = "What must be true of what a drill restores",
        example = "{\"sql\": \"SELECT count(*) FROM orders\", \"expect\": \">0\"}")
public record AssertionJson(
        @Schema(
                description =
                        "A query, as `POST /snapshots/{id}/query` takes it. The first value of its first row counts")
        @NotNull
        @Size(min = 1, max = Query.LONGEST_SQL)
        String sql,

        @Schema(description = "One of > >= < <= = != with a number, or exactly the text of the value", example = ">0")
        @NotNull
        @Size(max = 1000)
        String expect) {

    public static final int MOST = 20;

    public static AssertionJson of(Assertion assertion) {
        return new AssertionJson(assertion.sql(), assertion.expect());
    }

    public Assertion assertion() {
        return new Assertion(sql, expect);
    }
}
