package dev.afterimage.backup;

/** How a live database is read. */
public enum Method {
    /** {@link #FILESYSTEM_SNAPSHOT} where that is configured, else {@link #SCAN}, or {@link #ONLINE} where that cannot serve. */
    AUTO,
    /** Pages straight from the database file and its WAL under a pinned read transaction: only what changed leaves it. */
    SCAN,
    /** SQLite's Online Backup API under a pinned read transaction: page for page what the database has. */
    ONLINE,
    /** A copy of the file while writers wait: a clone where the file system can make one. */
    LOCKED_COPY,
    /** {@code VACUUM INTO}: the same rows in a compact file, for more work and with other page numbers. */
    VACUUM,
    /** The operator's commands have the file system keep the database as it is at one instant, from which it is read then. */
    FILESYSTEM_SNAPSHOT;

    /** Whether what it captures is page for page what the database has: SQLite's copies have another first page, at least. */
    boolean keepsPages() {
        return switch (this) {
            case SCAN, LOCKED_COPY -> true;
            case AUTO, ONLINE, VACUUM, FILESYSTEM_SNAPSHOT -> false;
        };
    }
}
