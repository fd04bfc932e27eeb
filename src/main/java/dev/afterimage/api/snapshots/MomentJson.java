package dev.afterimage.api.snapshots;

import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A moment of a followed database, as answers have it. */
@Schema(name = "Moment", description = "A moment of a followed database, and the snapshot of it")
record MomentJson(
        @Schema(description = "The last commit that is in the state", example = "42")
        long commit,

        @Schema(description = "When it was taken") Instant at,

        @Schema(description = "When the next commit was taken; null where none is known of the same part of the log")
        @Nullable
        Instant nextAt,

        SnapshotJson snapshot) {}
