package dev.afterimage.limits;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.io.FilterInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
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

    /** Content as it comes from one client. */
    InputStream watched(InputStream content) {
        return new Input(content, new Watch());
    }

    /** Content as it goes to one client. */
    OutputStream watched(OutputStream content) {
        return new Output(content, new Watch());
    }

    Watch watch() {
        return new Watch();
    }

    private static ProblemException tooSlow(String detail) {
        return new ProblemException(Problem.of(ProblemCode.REQUEST_TOO_SLOW, detail));
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
                    throw tooSlow("The service waited %d ms for %d bytes to be sent or taken"
                            .formatted(TimeUnit.NANOSECONDS.toMillis(nanos), bytes));
                }
                nanos = 0;
                bytes = 0;
            }
        }
    }

    /** Watches how fast content comes. The web server's own timeout says the same as the watch, and only comes first. */
    private static final class Input extends FilterInputStream {

        private final Watch watch;

        Input(InputStream in, Watch watch) {
            super(in);
            this.watch = watch;
        }

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            long began = System.nanoTime();
            try {
                int read = in.read(buffer, offset, length);
                watch.moved(Math.max(read, 0), System.nanoTime() - began);
                return read;
            } catch (IOException e) {
                if (e instanceof SocketTimeoutException || e.getCause() instanceof SocketTimeoutException) {
                    throw tooSlow("The service waited %d ms, and nothing came"
                            .formatted(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began)));
                }
                throw e;
            }
        }
    }

    /** Watches how fast content goes. */
    private static final class Output extends FilterOutputStream {

        /**
         * A write ends when all of it has gone to the network, however little goes at a time, so that only small ones let the
         * watch look often enough.
         */
        private static final int STEP_BYTES = 8 * 1024;

        private final Watch watch;

        Output(OutputStream out, Watch watch) {
            super(out);
            this.watch = watch;
        }

        @Override
        public void write(int one) throws IOException {
            long began = System.nanoTime();
            out.write(one);
            watch.moved(1, System.nanoTime() - began);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            for (int done = 0; done < length; done += STEP_BYTES) {
                int step = Math.min(length - done, STEP_BYTES);
                long began = System.nanoTime();
                out.write(bytes, offset + done, step);
                watch.moved(step, System.nanoTime() - began);
            }
        }
    }
}
