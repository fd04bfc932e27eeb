package dev.afterimage.lifecycle;

import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** What is done again and again while the service runs, on a thread of its own. */
public abstract class PeriodicWork implements SmartLifecycle {

    private final String threadName;
    private @Nullable PeriodicThread thread;

    protected PeriodicWork(String threadName) {
        this.threadName = threadName;
    }

    /** Gives the thread its work. */
    protected abstract void begin(PeriodicThread thread);

    /** What is being done is interrupted, unless it says otherwise. */
    protected void end(PeriodicThread thread) {
        thread.interrupt();
    }

    @Override
    public final void start() {
        var started = new PeriodicThread(threadName);
        begin(started);
        thread = started;
    }

    @Override
    public final void stop() {
        var stopped = thread;
        if (stopped != null) {
            thread = null;
            end(stopped);
        }
    }

    @Override
    public final boolean isRunning() {
        return thread != null;
    }
}
