package dev.afterimage.jobs.queue;

/** Which of the waiting jobs runs first; within one priority, the one that was due first. */
public enum Priority {
    LOW,
    NORMAL,
    HIGH;

    /** The one that is nearest to what the catalog has. */
    static Priority of(int ordinal) {
        return values()[Math.clamp(ordinal, 0, HIGH.ordinal())];
    }
}
