package dev.afterimage.cli;

import dev.afterimage.sqlite.check.CheckLevel;
import java.util.Locale;
import java.util.Optional;

/** How an extracted file is checked before it gets its name. */
enum FileCheck {
    NONE,
    QUICK,
    FULL;

    Optional<CheckLevel> level() {
        return switch (this) {
            case NONE -> Optional.empty();
            case QUICK -> Optional.of(CheckLevel.QUICK);
            case FULL -> Optional.of(CheckLevel.FULL);
        };
    }

    /** As it is written on a command line. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
