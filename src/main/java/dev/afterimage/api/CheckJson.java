package dev.afterimage.api;

import dev.afterimage.catalog.SnapshotCheck;
import dev.afterimage.sqlite.CheckLevel;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A check of a snapshot, as answers have it. */
@Schema(name = "Check", description = "What a check of a snapshot found")
record CheckJson(
        UUID id,
        CheckLevel level,
        boolean passed,
        Instant startedAt,
        Instant finishedAt,

        @Schema(
                description = "The lines that SQLite printed, or how the stored bytes differ from what was captured;"
                        + " empty when nothing is wrong")
        List<String> messages,

        @Schema(
                description =
                        "What could not be looked at, because it needs a collation, function or module that only the"
                                + " application has; its pages were checked all the same. Empty: all was proven")
        List<String> unproven,

        @Schema(
                description =
                        "Rows whose parent is missing, counted by FULL checks. They were so in the database and do"
                                + " not fail the check",
                example = "0")
        long foreignKeyViolations) {

    static CheckJson of(SnapshotCheck check) {
        return new CheckJson(
                check.id(),
                CheckLevel.valueOf(check.level()),
                check.passed(),
                check.startedAt(),
                check.finishedAt(),
                check.messages(),
                check.unproven(),
                check.foreignKeyViolations());
    }
}
