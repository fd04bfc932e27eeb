package dev.afterimage.api.databases;

import dev.afterimage.discovery.LastScan;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the last scan of the watched directories has found, as answers have it. */
@Schema(name = "Discovery", description = "What the last scan of the watched directories has found")
record DiscoveryJson(
        @Schema(description = "Null before the end of the first scan") @Nullable
        Instant startedAt,

        @Schema(description = "Null before the end of the first scan") @Nullable
        Instant finishedAt,

        @Schema(description = "Files that the globs match", example = "42")
        long found,

        @Schema(description = "Databases that this scan has registered", example = "1")
        long registered,

        @Schema(description = "Registered databases whose files are not there", example = "0")
        long missing,

        @Schema(description = "What was found, and not registered for a reason", example = "1")
        long skippedInAll,

        @Schema(description = "The first hundred of them") List<Skipped> skipped) {

    /** A file or directory that was not registered. */
    @Schema(name = "SkippedFile", description = "A file or directory that was not registered")
    record Skipped(
            @Schema(example = "/srv/shop/cache.db") String path,

            @Schema(example = "it does not begin as an SQLite database does")
            String reason) {}

    static final DiscoveryJson NONE = new DiscoveryJson(null, null, 0, 0, 0, 0, List.of());

    static DiscoveryJson of(LastScan scan) {
        return new DiscoveryJson(
                scan.startedAt(),
                scan.finishedAt(),
                scan.found(),
                scan.registered(),
                scan.missing(),
                scan.skippedInAll(),
                scan.skipped().stream()
                        .map(skipped -> new Skipped(skipped.path().toString(), skipped.reason()))
                        .toList());
    }
}
