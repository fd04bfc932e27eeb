package dev.afterimage.api.http;

import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which part of a list is asked for. */
public record PageQuery(
        @Parameter(description = "`nextCursor` of the part before") @Nullable
        String cursor,

        @Parameter(description = "How many at most") @Schema(defaultValue = "50") @Min(1) @Max(500)
        Integer limit) {

    public PageQuery {
        limit = Objects.requireNonNullElse(limit, 50);
    }
}
