package dev.afterimage.jobs.work;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Runs the hooks {@code after} of tries that died or whose hook failed: at the start, which does not wait for them, and again and again. */
@Component
class OwedHooksUpkeep extends PeriodicWork {

    private static final Duration PERIOD = Duration.ofSeconds(5);

    private final AfterHooks hooks;

    OwedHooksUpkeep(AfterHooks hooks, MeterRegistry registry) {
        super("owed-hooks");
        this.hooks = hooks;
        Gauge.builder("afterimage.hooks.owed", hooks, AfterHooks::owed)
                .description("Hooks that have to run after backups that have ended, and could not yet")
                .strongReference(true)
                .register(registry);
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.once(Duration.ZERO, () -> hooks.runOwed(true));
        thread.every(PERIOD, () -> hooks.runOwed(false));
    }
}
