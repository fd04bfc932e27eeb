package dev.afterimage.protection;

/** Whether a database could be restored now, the worst that applies. */
public enum Protection {
    /** There is no good snapshot. */
    UNPROTECTED,
    /** The repository is away, the last backup or the last drill failed, or the newest snapshot is quarantined; others are good. */
    FAILING,
    /** Most of what the database held was gone in a snapshot, and nobody has acknowledged that. */
    COLLAPSED,
    /** The newest good snapshot, or the last FULL check of what it is built on, is older than allowed, or that in every copy where one is required. */
    STALE,
    /** A good snapshot is young enough. */
    PROTECTED
}
