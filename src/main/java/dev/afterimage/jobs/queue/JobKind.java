package dev.afterimage.jobs.queue;

/** What a job does. */
public enum JobKind {
    BACKUP,
    GROUP_BACKUP,
    IMPORT,
    CHECK,
    DRILL,
    RESTORE,
    GROUP_RESTORE,
    REPOSITORY_CHECK,
    REBUILD,
    PRUNE,
    COPY,
    REPAIR,

    /** One that only another version of the service knows. */
    UNKNOWN
}
