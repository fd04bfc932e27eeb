package dev.afterimage.sqlite.live;

import java.time.Clock;
import java.time.Duration;

/**
 * How considerate a capture is.
 *
 * @param patience how long a locked source is tried again, with exponential backoff; zero tries once
 * @param maxBytesPerSecond limit of the speed, in bytes of database per second; 0 for none. In rollback-journal mode a
 *     slower capture makes writers wait longer.
 * @param steps in which {@code OnlineCopy} copies
 * @param hotJournals what to do about the journal of a writer that seems to have crashed
 * @param clock tells the moment whose state is captured
 */
public record CaptureOptions(
        Duration patience, long maxBytesPerSecond, Steps steps, HotJournals hotJournals, Clock clock) {

    public CaptureOptions {
        if (patience.isNegative()) {
            throw new IllegalArgumentException("patience is negative: " + patience);
        }
        if (maxBytesPerSecond < 0) {
            throw new IllegalArgumentException("maxBytesPerSecond is negative: " + maxBytesPerSecond);
        }
    }

    /** The same, but a hot journal is left to somebody else. */
    public CaptureOptions leavingHotJournals() {
        return new CaptureOptions(patience, maxBytesPerSecond, steps, HotJournals.LEAVE, clock);
    }

    /** In steps as usual. */
    public CaptureOptions(Duration patience, long maxBytesPerSecond, HotJournals hotJournals, Clock clock) {
        this(patience, maxBytesPerSecond, Steps.USUAL, hotJournals, clock);
    }

    /** By the system's clock; a hot journal is settled unless somebody is seen whose it may be. */
    public CaptureOptions(Duration patience, long maxBytesPerSecond) {
        this(patience, maxBytesPerSecond, HotJournals.SETTLE, Clock.systemUTC());
    }
}
