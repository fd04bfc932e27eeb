package dev.afterimage.sqlite.check;

/** How much an {@link IntegrityCheck} proves. */
public enum CheckLevel {
    /** {@code PRAGMA quick_check}: the structure of every page, that rows have the types of their columns, and how
     * many entries an index has. */
    QUICK,
    /** {@code PRAGMA integrity_check}: also that each index has, in order, what its table has; then {@code foreign_key_check}. */
    FULL
}
