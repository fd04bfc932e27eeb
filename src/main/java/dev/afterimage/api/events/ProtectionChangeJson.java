package dev.afterimage.api.events;

import dev.afterimage.protection.DatabaseProtection;
import dev.afterimage.protection.Protection;
import dev.afterimage.protection.RecentProtections.Seen;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** That a database is better or worse protected, as events have it. */
@Schema(
        name = "ProtectionChange",
        description = "Of the event `protection`: a database is better or worse protected than before")
record ProtectionChangeJson(
        @Schema(example = "orders") String database,
        @Schema(example = "PROTECTED") Protection protection,
        Instant since,

        @Schema(description = "What is wrong first of all; null when it is PROTECTED")
        DatabaseProtection.@Nullable Cause cause,

        @Schema(description = "A sentence for people", example = "The last good state is young enough.")
        String reason) {

    static ProtectionChangeJson of(Seen seen) {
        var protection = seen.protection();
        return new ProtectionChangeJson(
                protection.database(), protection.protection(), seen.since(), protection.cause(), protection.reason());
    }
}
