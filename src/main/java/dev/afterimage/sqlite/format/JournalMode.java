package dev.afterimage.sqlite.format;

/** What a database file itself says about its journal; DELETE, TRUNCATE and PERSIST are a choice of each connection. */
public enum JournalMode {
    WAL,
    ROLLBACK
}
