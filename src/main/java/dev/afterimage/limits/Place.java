package dev.afterimage.limits;

import java.util.concurrent.atomic.AtomicBoolean;

/** The right to take part in something that not all may do at once. Whoever took it closes it; once more does no harm. */
public final class Place implements AutoCloseable {

    private final Runnable free;
    private final AtomicBoolean closed = new AtomicBoolean();

    Place(Runnable free) {
        this.free = free;
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            free.run();
        }
    }
}
