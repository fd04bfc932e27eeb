package dev.afterimage.notify;

import java.time.Duration;
import java.util.Optional;

/** When a delivery that failed is tried again: ten times within about a day. */
final class RetryTimes {

    static final int MOST_ATTEMPTS = 10;

    private static final Duration FIRST = Duration.ofSeconds(30);
    private static final Duration LONGEST = Duration.ofHours(6);
    private static final int FACTOR = 3;
    private static final double JITTER = 0.2;

    private RetryTimes() {}

    /**
     * How long to wait after an attempt failed; empty when it was the last one.
     *
     * @param attempts that were made, from 1
     * @param random from 0 to 1: what failed at one time must not come back at one time
     */
    static Optional<Duration> after(int attempts, double random) {
        if (attempts >= MOST_ATTEMPTS) {
            return Optional.empty();
        }
        double seconds = Math.min(FIRST.toSeconds() * Math.pow(FACTOR, attempts - 1), (double) LONGEST.toSeconds());
        double jittered = seconds * (1 - JITTER + 2 * JITTER * random);
        return Optional.of(Duration.ofMillis(Math.round(jittered * 1000)));
    }
}
