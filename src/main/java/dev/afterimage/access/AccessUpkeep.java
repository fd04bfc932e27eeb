package dev.afterimage.access;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Writes once a minute what requests left in memory, so that none waits for the catalog's writer because of it. */
@Component
class AccessUpkeep implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(AccessUpkeep.class);
    private static final Duration PERIOD = Duration.ofMinutes(1);
    private static final Duration TO_FORGET = Duration.ofMinutes(10);

    private final TokenUses uses;
    private final RepeatedRefusals refusals;
    private final Audit audit;
    private @Nullable ScheduledExecutorService thread;

    AccessUpkeep(TokenUses uses, RepeatedRefusals refusals, Audit audit) {
        this.uses = uses;
        this.refusals = refusals;
        this.audit = audit;
    }

    @Override
    public void start() {
        thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("access-upkeep").daemon().factory());
        every(PERIOD, uses::write);
        every(PERIOD, refusals::settle);
        every(TO_FORGET, audit::forget);
    }

    private void every(Duration period, Runnable work) {
        if (thread != null) {
            thread.scheduleWithFixedDelay(
                    () -> attempt(work), period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private static void attempt(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) { // a scheduled task that throws is never run again
            log.error("What requests have left could not be written, it is tried again", e);
        }
    }

    @Override
    public void stop() {
        if (thread != null) {
            thread.shutdownNow();
            thread = null;
            attempt(uses::write);
            attempt(refusals::settle);
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }
}
