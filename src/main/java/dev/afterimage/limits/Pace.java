package dev.afterimage.limits;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.springframework.util.unit.DataSize;

/** How slow a client may be while a thread waits for it to send or take content. */
final class Pace {

    private final long patienceNanos;
    private final double bytesPerNano;

    /**
     * @param minRate bytes per second
     * @param patience the time over which they are counted, or longer where one read or write takes longer
     */
    Pace(DataSize minRate, Duration patience) {
        this.patienceNanos = patience.toNanos();
        this.bytesPerNano = (double) minRate.toBytes() / TimeUnit.SECONDS.toNanos(1);
    }

    Watch watch() {
        return new Watch();
    }

    /** Adds up how long one client was waited for, and what came of it. */
    final class Watch {

        private long nanos;
        private long bytes;

        /**
         * @param more bytes that were moved
         * @param waited nanoseconds that it took
         * @throws LimitException.TooSlow when that is too long
         */
        void moved(int more, long waited) {
            bytes += more;
            nanos += waited;
            if (nanos >= patienceNanos) {
                if (bytes < nanos * bytesPerNano) {
                    throw new LimitException.TooSlow(bytes, TimeUnit.NANOSECONDS.toMillis(nanos));
                }
                nanos = 0;
                bytes = 0;
            }
        }
    }
}
