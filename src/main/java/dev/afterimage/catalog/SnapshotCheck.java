package dev.afterimage.catalog;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

/**
 * What a check of a snapshot found.
 *
 * @param level QUICK or FULL
 * @param messages the lines that SQLite printed, or how the stored bytes differ from what was captured
 * @param unproven what could not be looked at, because it needs a collation, function or module of the application
 * @param foreignKeyViolations rows whose parent is missing; they were so in the database and do not fail the check
 */
public record SnapshotCheck(
        UUID id,
        UUID snapshotId,
        String level,
        boolean passed,
        Instant startedAt,
        Instant finishedAt,
        List<String> messages,
        List<String> unproven,
        long foreignKeyViolations) {}
