package dev.afterimage.jobs;

/** Which of the waiting jobs runs first; within one priority, the one that was due first. */
public enum Priority {
    LOW,
    NORMAL,
    HIGH
}
