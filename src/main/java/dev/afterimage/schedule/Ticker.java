package dev.afterimage.schedule;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.lifecycle.StopTime;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** The thread that looks each second whether something is due: one look into an index. */
@Component
class Ticker extends PeriodicWork {

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final Duration TIDYING_PERIOD = Duration.ofSeconds(30);
    private static final Duration TO_END = Duration.ofSeconds(1);

    private final Schedules schedules;
    private final DueRuns dueRuns;
    private final StopTime stopTime;

    Ticker(Schedules schedules, DueRuns dueRuns, StopTime stopTime) {
        super("schedule-ticker");
        this.schedules = schedules;
        this.dueRuns = dueRuns;
        this.stopTime = stopTime;
    }

    @Override
    protected void begin(PeriodicThread thread) {
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
    protected void end(PeriodicThread thread) {
        if (!thread.end(stopTime.atMost(TO_END))) {
            super.end(thread);
        }
    }
}
