package dev.afterimage.schedule;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.StopTime;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** The thread that looks each second whether something is due: one look into an index. */
@Component
class Ticker implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(Ticker.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration TIDYING_PERIOD = Duration.ofSeconds(30);
    private static final Duration TO_END = Duration.ofSeconds(1);

    private final Schedules schedules;
    private final DueRuns dueRuns;
    private final StopTime stopTime;
    private @Nullable PeriodicThread thread;

    Ticker(Schedules schedules, DueRuns dueRuns, StopTime stopTime) {
        this.schedules = schedules;
        this.dueRuns = dueRuns;
        this.stopTime = stopTime;
    }

    @Override
    public void start() {
        thread = new PeriodicThread("schedule-ticker");
        thread.every(TIDYING_PERIOD, Duration.ZERO, this::tidy);
        thread.every(PERIOD, Duration.ZERO, dueRuns::dispatch);
    }

    /** What the last process left undecided; and databases that were registered or removed meanwhile. */
    private void tidy() {
        dueRuns.takeUp();
        schedules.complete();
    }

    /** What is cut off is taken up by the next start. */
    @Override
    public void stop() {
        var stopped = Objects.requireNonNull(thread);
        if (!stopped.end(stopTime.atMost(TO_END))) {
            stopped.interrupt();
        }
        thread = null;
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }
}
