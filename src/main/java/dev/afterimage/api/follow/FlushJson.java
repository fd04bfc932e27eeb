package dev.afterimage.api.follow;

import dev.afterimage.follow.Reached;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the repository has. */
@Schema(name = "Flushed", description = "Up to where the repository has the log of a database")
record FlushJson(
        @Schema(description = "Part of the log without a gap")
        UUID chain,

        @Schema(description = "Number of the last commit, with which it can be restored", example = "48213")
        long commit,

        @Schema(description = "When it was taken; null where nothing was committed yet") @Nullable
        Instant takenAt) {

    static FlushJson of(Reached reached) {
        return new FlushJson(reached.chain(), reached.commit(), reached.commit() == 0 ? null : reached.takenAt());
    }
}
