package dev.afterimage.check;

/** What a backup is to prove of what it has stored before it is called a success; see {@code docs/design.md}, "Promises". */
public enum VerifyLevel {
    /** FULL where that costs little or is due, else STORED; see {@link FullChecks}. */
    AUTO,
    NONE,
    STORED,
    QUICK,
    FULL
}
