package dev.afterimage.api.protection;

import dev.afterimage.protection.DatabaseProtection;
import dev.afterimage.protection.Protection;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How well a database is protected, as answers have it. */
@Schema(name = "DatabaseProtection", description = "How well a database is protected, and why")
record ProtectionJson(
        @Schema(example = "orders") String database,
        @Schema(example = "PROTECTED") Protection protection,

        @Schema(description = "What is wrong first of all; null when it is PROTECTED")
        DatabaseProtection.@Nullable Cause cause,

        @Schema(description = "A sentence for people", example = "The last good state is young enough.")
        String reason,

        @Schema(description = "When the database was last known to be in the state of a good snapshot; null for never")
        @Nullable
        Instant lastGoodAt,

        @Schema(description = "How long ago that was; null for never, and when it is later than now", example = "3600")
        @Nullable
        Long ageSeconds,

        @Schema(description = "How long ago it may be", type = "string", example = "PT24H")
        Duration maxAge,

        @Schema(
                description =
                        "When SQLite last checked every page of the newest good snapshot, or of the nearest that it was built on;"
                                + " null for never, or where that is not known")
        @Nullable
        Instant lastFullCheckAt,

        @Schema(description = "How long ago that may be; null for any time", type = "string", example = "P2D") @Nullable
        Duration maxFullCheckAge,

        @Schema(
                description = "Whether a copy of the repository must have a good snapshot that is young enough",
                example = "false")
        boolean requireCopy,

        @Schema(description = "What each copy of the repository has of it, by name")
        List<InCopyJson> copies) {

    static ProtectionJson of(DatabaseProtection state) {
        var age = state.age();
        return new ProtectionJson(
                state.database(),
                state.protection(),
                state.cause(),
                state.reason(),
                state.lastGoodAt(),
                age == null ? null : age.toSeconds(),
                state.maxAge(),
                state.lastFullCheckAt(),
                state.maxFullCheckAge(),
                state.requireCopy(),
                state.copies().stream().map(InCopyJson::of).toList());
    }
}
