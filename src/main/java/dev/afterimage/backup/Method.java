package dev.afterimage.backup;

/** How a live database is read. */
public enum Method {
    /** SQLite's Online Backup API under a pinned read transaction: page for page what the database has. */
    ONLINE,
    /** {@code VACUUM INTO}: the same rows in a compact file, for more work and with other page numbers. */
    VACUUM
}
