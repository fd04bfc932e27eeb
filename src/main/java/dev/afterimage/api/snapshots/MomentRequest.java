package dev.afterimage.api.snapshots;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.PositiveOrZero;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A moment of a followed database. */
@Schema(description = "A moment of a followed database; just one of the two is given", example = "{\"commit\": 42}")
public record MomentRequest(
        @Schema(description = MomentRequest.AT) @Nullable Instant at,

        @Schema(description = MomentRequest.COMMIT, example = "42") @PositiveOrZero @Nullable
        Long commit) {

    public static final String AT = "A time with its offset: the state is what the last commit until then has left";
    public static final String COMMIT = "Number of a commit: the state is what it has left";
}
