package dev.afterimage.catalog.snapshots;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What a check of a snapshot found.
 *
 * @param level STORED, QUICK or FULL; REPOSITORY where a check of the repository met damage, or a repair has mended it
 * @param messages the lines that SQLite printed, or how the stored bytes differ from what was captured
 * @param contentViolations how often content breaks rules of the schema, as it did in the database; they do not fail the check
 * @param contentMessages the lines that SQLite printed of these, each once
 * @param foreignKeyViolations rows whose parent is missing; they were so in the database and do not fail the check
 * @param unproven what could not be looked at, because it needs a collation, function or module of the application
 */
public record SnapshotCheck(
        UUID id,
        UUID snapshotId,
        String level,
        boolean passed,
        Instant startedAt,
        Instant finishedAt,
        List<String> messages,
        long contentViolations,
        List<String> contentMessages,
        long foreignKeyViolations,
        List<String> unproven) {

    /** One that had nothing to tell but damage, if that. */
    public SnapshotCheck(
            UUID id,
            UUID snapshotId,
            String level,
            boolean passed,
            Instant startedAt,
            Instant finishedAt,
            List<String> messages) {
        this(id, snapshotId, level, passed, startedAt, finishedAt, messages, 0, List.of(), 0, List.of());
    }
}
