package dev.afterimage.sqlite.live;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * In what pieces SQLite copies a database, page by page; the state is pinned all along.
 *
 * @param pages of one step, at least 1; null for what suits the speed
 * @param pause after each step but the last
 */
public record Steps(@Nullable Integer pages, Duration pause) {

    public static final Steps USUAL = new Steps(null, Duration.ZERO);

    public Steps {
        if (pages != null && pages < 1) {
            throw new IllegalArgumentException("a step has no pages: " + pages);
        }
        if (pause.isNegative()) {
            throw new IllegalArgumentException("pause is negative: " + pause);
        }
    }
}
