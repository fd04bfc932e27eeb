package dev.afterimage.limits;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
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
         * @throws ProblemException REQUEST_TOO_SLOW when that is too long
         */
        void moved(int more, long waited) {
            bytes += more;
            nanos += waited;
            if (nanos >= patienceNanos) {
                if (bytes < nanos * bytesPerNano) {
                    throw new ProblemException(Problem.of(
                            ProblemCode.REQUEST_TOO_SLOW,
                            "The service waited %d ms for %d bytes to be sent or taken"
                                    .formatted(TimeUnit.NANOSECONDS.toMillis(nanos), bytes)));
                }
                nanos = 0;
                bytes = 0;
            }
        }
    }
}
