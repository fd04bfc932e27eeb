package dev.afterimage.limits;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Watches how fast content goes. */
final class PacedOutput extends FilterOutputStream {

    /**
     * A write ends when all of it has gone to the network, however little goes at a time, so that only small ones let the
     * watch look often enough.
     */
    private static final int STEP_BYTES = 8 * 1024;

    private final Pace.Watch watch;

    PacedOutput(OutputStream out, Pace.Watch watch) {
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
