package dev.afterimage.backup;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Releases what could not be released when it was not needed any more, and what a dead process had frozen. */
@Component
class FrozenUpkeep extends PeriodicWork {

    private static final Duration PERIOD = Duration.ofMinutes(5);

    private final Freezing freezing;

    FrozenUpkeep(Freezing freezing, MeterRegistry registry) {
        super("frozen-upkeep");
        this.freezing = freezing;
        Gauge.builder("afterimage.file.system.snapshots.unreleased", freezing, Freezing::left)
                .description("File-system snapshots that are not needed any more and could not be released")
                .strongReference(true)
                .register(registry);
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(PERIOD, Duration.ZERO, freezing::releaseLeft);
    }
}
