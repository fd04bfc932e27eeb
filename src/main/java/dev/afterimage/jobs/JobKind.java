package dev.afterimage.jobs;

/** What a job does. */
public enum JobKind {
    BACKUP,
    CHECK,
    RESTORE
}
