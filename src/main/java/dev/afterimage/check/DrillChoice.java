package dev.afterimage.check;

/** Which of a database's available snapshots a drill restores. */
public enum DrillChoice {
    NEWEST,
    RANDOM
}
