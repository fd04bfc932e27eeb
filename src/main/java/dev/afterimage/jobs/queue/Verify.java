package dev.afterimage.jobs.queue;

import dev.afterimage.sqlite.check.CheckLevel;
import java.util.Optional;

/** How a restore has SQLite prove what it made before it is called a success. */
public enum Verify {
    NONE,
    QUICK,
    FULL;

    public Optional<CheckLevel> level() {
        return switch (this) {
            case NONE -> Optional.empty();
            case QUICK -> Optional.of(CheckLevel.QUICK);
            case FULL -> Optional.of(CheckLevel.FULL);
        };
    }
}
