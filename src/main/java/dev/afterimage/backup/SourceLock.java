package dev.afterimage.backup;

import dev.afterimage.sqlite.capture.ScanLock;
import dev.afterimage.sqlite.format.JournalMode;
import org.jspecify.annotations.Nullable;

/** What a method holds on a live database while it needs the state to stay. */
public enum SourceLock {
    /** Nothing. */
    NONE,
    /** A read transaction: in WAL mode nobody waits, in rollback-journal mode nobody commits. */
    READ,
    /** The lock of a writer: nobody commits, all can read. */
    IMMEDIATE,
    /** Nobody else commits or reads. */
    EXCLUSIVE;

    static SourceLock of(ScanLock lock) {
        return switch (lock) {
            case READ -> READ;
            case IMMEDIATE -> IMMEDIATE;
            case EXCLUSIVE -> EXCLUSIVE;
        };
    }

    /** Whether who wants to commit waits; null when that depends on the journal mode, and nobody knows it. */
    @Nullable
    Boolean writersWait(@Nullable JournalMode journalMode) {
        return switch (this) {
            case NONE -> false;
            case READ -> journalMode == null ? null : journalMode == JournalMode.ROLLBACK;
            case IMMEDIATE, EXCLUSIVE -> true;
        };
    }
}
