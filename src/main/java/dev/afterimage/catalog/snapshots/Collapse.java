package dev.afterimage.catalog.snapshots;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Most of what a database held was gone in a snapshot, seen from the one before: a state that may be wanted, or the trace of an accident. While
 * nobody has acknowledged it, the database is not protected, and what was good before is kept.
 *
 * @param snapshotId in which it was gone; that snapshot may be deleted since
 * @param before the newest good snapshot that had it
 * @param at the moment whose state {@code snapshotId} has
 * @param bytesBefore in use in {@code before}
 * @param bytes in use in {@code snapshotId}
 * @param tablesBefore of {@code before}
 * @param tables of {@code snapshotId}
 * @param acknowledgedAt null while nobody has said that it is as it should be
 */
public record Collapse(
        UUID snapshotId,
        UUID databaseId,
        UUID before,
        Instant at,
        long bytesBefore,
        long bytes,
        long tablesBefore,
        long tables,
        @Nullable Instant acknowledgedAt) {}
