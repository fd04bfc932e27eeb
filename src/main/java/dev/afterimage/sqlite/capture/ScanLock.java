package dev.afterimage.sqlite.capture;

import java.util.Optional;

/** What keeps a database as it is while a {@link Scan} has it pinned; each also does what those before it do. */
public enum ScanLock {
    /** That of a reader: in WAL mode nobody waits, in rollback-journal mode nobody commits. */
    READ,
    /** That of a writer: nobody commits. */
    IMMEDIATE,
    /** Nobody else reads or commits. */
    EXCLUSIVE;

    /** The one that does what all of them do. */
    public static ScanLock strongest(ScanLock one, Optional<ScanLock> another) {
        return another.filter(other -> other.compareTo(one) > 0).orElse(one);
    }
}
