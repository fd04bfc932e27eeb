package dev.afterimage.jobs;

/** What a job does. */
public enum JobKind {
    BACKUP,
    GROUP_BACKUP,
    CHECK,
    DRILL,
    RESTORE,
    REPOSITORY_CHECK,
    REBUILD
}
