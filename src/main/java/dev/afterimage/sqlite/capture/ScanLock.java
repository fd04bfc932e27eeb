package dev.afterimage.sqlite.capture;

/** What keeps a database as it is while a {@link Scan} has it pinned. */
public enum ScanLock {
    /** That of a reader: in WAL mode nobody waits, in rollback-journal mode nobody commits. */
    READ,
    /** That of a writer: nobody commits. */
    IMMEDIATE,
    /** Nobody else reads or commits. */
    EXCLUSIVE
}
