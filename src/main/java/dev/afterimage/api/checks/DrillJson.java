package dev.afterimage.api.checks;

import dev.afterimage.catalog.snapshots.DrillResult;
import dev.afterimage.sqlite.check.CheckLevel;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How a drill went, as answers have it. */
@Schema(name = "Drill", description = "How a drill went")
record DrillJson(
        UUID jobId,

        @Schema(
                description =
                        "That was restored; it may have been deleted since. Of a moment that could not be replayed the one from which it was to be")
        UUID snapshotId,

        @Schema(description = "When the snapshot was taken") Instant snapshotCreatedAt,

        @Schema(description = "How the restored file was checked", example = "FULL")
        CheckLevel verify,

        @Schema(description = "The copy of the repository that alone was read; null of the repository itself") @Nullable
        String from,

        boolean passed,
        Instant finishedAt,

        @Schema(description = "How long the restore took, with the proof of each stored byte", example = "800")
        long restoreMillis,

        @Schema(description = "How long SQLite's check of the restored file took", example = "400")
        long checkMillis,

        @Schema(description = "Size of the restored file", example = "12288")
        long bytes,

        @Schema(description = "What was wrong; empty when it passed")
        List<String> messages,

        @Schema(description = "What came of each; empty when the file did not pass its check")
        List<AssertionResultJson> assertions) {

    /** What came of an assertion. */
    @Schema(name = "AssertionResult", description = "What came of an assertion")
    record AssertionResultJson(
            String sql,
            String expect,

            @Schema(
                    description =
                            "The value that was found, of a long one the first 1,000 characters; null for NULL, or no row",
                    example = "0")
            @Nullable
            String actual,

            boolean passed,

            @Schema(description = "Why it could not be asked for; null when it could") @Nullable
            String problem) {}

    static DrillJson of(DrillResult drill) {
        return new DrillJson(
                drill.jobId(),
                drill.snapshotId(),
                drill.snapshotCreatedAt(),
                CheckLevel.valueOf(drill.level()),
                drill.copy(),
                drill.passed(),
                drill.finishedAt(),
                drill.restoreMillis(),
                drill.checkMillis(),
                drill.bytes(),
                drill.messages(),
                drill.assertions().stream()
                        .map(one -> new AssertionResultJson(
                                one.sql(), one.expect(), one.actual(), one.passed(), one.problem()))
                        .toList());
    }
}
