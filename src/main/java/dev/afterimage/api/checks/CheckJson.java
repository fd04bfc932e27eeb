package dev.afterimage.api.checks;

import dev.afterimage.catalog.snapshots.SnapshotCheck;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** A check of a snapshot, as answers have it. */
@Schema(name = "Check", description = "What a check of a snapshot found")
record CheckJson(
        UUID id,

        @Schema(
                description =
                        "QUICK and FULL let SQLite look at the restored file; STORED is about what was stored alone; REPOSITORY is a damage that a check of"
                                + " the repository found in what is stored, or, where it passed, that a repair has mended it")
        Level level,

        boolean passed,
        Instant startedAt,
        Instant finishedAt,

        @Schema(
                description =
                        "The lines that SQLite printed of damage, or how the stored bytes differ from what was captured;"
                                + " empty when nothing is wrong")
        List<String> messages,

        @Schema(
                description =
                        "How often content breaks a rule of the schema (NOT NULL, UNIQUE, types). It did so in the database,"
                                + " and does not fail the check",
                example = "0")
        long contentViolations,

        @Schema(description = "The lines that SQLite printed of these, each once, at most 100")
        List<String> contentMessages,

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

    /** Who looked at what. */
    enum Level {
        STORED,
        QUICK,
        FULL,
        REPOSITORY
    }

    static CheckJson of(SnapshotCheck check) {
        return new CheckJson(
                check.id(),
                Level.valueOf(check.level()),
                check.passed(),
                check.startedAt(),
                check.finishedAt(),
                check.messages(),
                check.contentViolations(),
                check.contentMessages(),
                check.unproven(),
                check.foreignKeyViolations());
    }
}
