package dev.afterimage.sqlite;

import java.time.Duration;

/**
 * How considerate a capture is.
 *
 * @param patience how long a locked source is tried again, with exponential backoff; zero tries once
 * @param maxBytesPerSecond limit of the speed, in bytes of database per second; 0 for none. In rollback-journal mode a
 *     slower capture makes writers wait longer.
 */
public record CaptureOptions(Duration patience, long maxBytesPerSecond) {

    public CaptureOptions {
        if (patience.isNegative()) {
            throw new IllegalArgumentException("patience is negative: " + patience);
        }
        if (maxBytesPerSecond < 0) {
            throw new IllegalArgumentException("maxBytesPerSecond is negative: " + maxBytesPerSecond);
        }
    }
}
