package dev.afterimage.limits;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Watches how fast content comes. */
final class PacedInput extends FilterInputStream {

    private final Pace.Watch watch;

    PacedInput(InputStream in, Pace.Watch watch) {
        super(in);
        this.watch = watch;
    }

    @Override
    public int read() throws IOException {
        long began = System.nanoTime();
        int one = in.read();
        watch.moved(one < 0 ? 0 : 1, System.nanoTime() - began);
        return one;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        long began = System.nanoTime();
        int read = in.read(buffer, offset, length);
        watch.moved(Math.max(read, 0), System.nanoTime() - began);
        return read;
    }
}
