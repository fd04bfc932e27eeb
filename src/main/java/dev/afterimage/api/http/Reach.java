package dev.afterimage.api.http;

/** What an operation is about, and so how it is kept within the databases that exist for the caller. */
public enum Reach {
    /** The database {@code name} of the path. */
    DATABASE,
    /** The snapshot {@code id} of the path, and {@code other}, if it has one; or the moments that are named in their place. */
    SNAPSHOT,
    /** The snapshots of the group {@code groupId} of the path. */
    GROUP,
    /** The job {@code id} of the path. */
    JOB,
    /** What a query or a body says: the operation itself keeps within them. */
    REQUEST,
    /** Nothing that belongs to a database. */
    NONE,
    /** The service as a whole: refused to callers for whom only some databases exist. */
    SERVICE
}
