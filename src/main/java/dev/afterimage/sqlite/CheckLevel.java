package dev.afterimage.sqlite;

/** How much an {@link IntegrityCheck} proves. */
public enum CheckLevel {
    /** {@code PRAGMA quick_check}: the structure of every page, and the rows against NOT NULL, CHECK and types. */
    QUICK,
    /** {@code PRAGMA integrity_check}: also that each index has what its table has; then {@code foreign_key_check}. */
    FULL
}
