package dev.afterimage.check;

import com.fasterxml.jackson.annotation.JsonAlias;

/** Which of a database's available snapshots a drill restores; a safety snapshot is never chosen. */
public enum DrillChoice {
    @JsonAlias("latest")
    LATEST,
    @JsonAlias("random")
    RANDOM,
    /** No snapshot but a commit of a database that is followed, each as likely as the others. */
    @JsonAlias("moment")
    MOMENT
}
