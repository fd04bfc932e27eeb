package dev.afterimage.schedule;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
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
    private static final Duration TO_END = Duration.ofSeconds(5);

    private final Schedules schedules;
    private final DueRuns dueRuns;
    private @Nullable ScheduledExecutorService thread;

    Ticker(Schedules schedules, DueRuns dueRuns) {
        this.schedules = schedules;
        this.dueRuns = dueRuns;
    }

    @Override
    public void start() {
        thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("schedule-ticker").daemon().factory());
        every(TIDYING_PERIOD, this::tidy);
        every(PERIOD, dueRuns::dispatch);
    }

    /** What the last process left undecided; and databases that were registered or removed meanwhile. */
    private void tidy() {
        dueRuns.takeUp();
        schedules.complete();
    }

    private void every(Duration period, Runnable work) {
        Objects.requireNonNull(thread)
                .scheduleWithFixedDelay(
                        () -> {
                            try {
                                work.run();
                            } catch (Throwable e) { // a scheduled task that throws is never run again
                                log.error("Schedules could not be looked at, it is tried again", e);
                            }
                        },
                        0,
                        period.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    /** What is cut off is taken up by the next start. */
    @Override
    public void stop() {
        try (var stopped = Objects.requireNonNull(thread)) {
            stopped.shutdown();
            if (!stopped.awaitTermination(TO_END.toMillis(), TimeUnit.MILLISECONDS)) {
                stopped.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        thread = null;
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }
}
