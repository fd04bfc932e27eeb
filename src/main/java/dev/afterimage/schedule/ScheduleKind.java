package dev.afterimage.schedule;

/** What a schedule is for. A database has at most one of each kind. */
public enum ScheduleKind {
    BACKUP,
    DRILL
}
