package dev.afterimage.lifecycle;

import org.springframework.context.SmartLifecycle;

/** What is done once at each start, before the web server answers and before any job runs. */
public abstract class StartStep implements SmartLifecycle {

    private final int turn;
    private boolean taken;

    /** @param turn from -1; those of an earlier turn have been taken before it */
    protected StartStep(int turn) {
        this.turn = turn;
    }

    /** An exception stops the start. */
    protected abstract void take();

    @Override
    public final void start() {
        take();
        taken = true;
    }

    @Override
    public final void stop() {
        taken = false;
    }

    @Override
    public final boolean isRunning() {
        return taken;
    }

    @Override
    public final int getPhase() {
        return turn;
    }
}
