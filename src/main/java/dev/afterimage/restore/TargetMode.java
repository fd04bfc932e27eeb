package dev.afterimage.restore;

/** What becomes of what is at the target. */
public enum TargetMode {
    /** Nothing may be there. */
    NEW_FILE,
    /** A database that applications have open gets new content; they keep their connections. */
    REPLACE_LIVE,
    /** A file that nobody has open is moved aside, and the new one gets its place. */
    REPLACE_FILE
}
