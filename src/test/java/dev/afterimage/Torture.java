package dev.afterimage;

import java.time.Duration;

/** How long the tests go on that could go on for ever, and the seed of what they choose: the same in every build. */
public final class Torture {

    /** {@code -Dtorture.minutes}, 0 in a build. */
    public static final Duration TIME = Duration.ofMinutes(Integer.getInteger("torture.minutes", 0));

    /** {@code -Dtorture.seed}, else another one in each run that takes its time. */
    public static final long SEED = Long.getLong("torture.seed", TIME.isZero() ? 1 : System.nanoTime());

    private Torture() {}
}
