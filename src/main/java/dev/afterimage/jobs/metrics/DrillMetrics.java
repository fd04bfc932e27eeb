package dev.afterimage.jobs.metrics;

import static java.util.stream.Collectors.toMap;

import dev.afterimage.catalog.snapshots.Drills;
import dev.afterimage.catalog.snapshots.Drills.Standing;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Tells Prometheus, for each registered database that had a drill, how the last one went. */
@Component
class DrillMetrics {

    private static final double MILLIS_PER_SECOND = 1_000;

    private final Drills drills;
    private final DatabaseGauge lastSuccess;
    private final DatabaseGauge duration;
    private final DatabaseGauge passed;

    DrillMetrics(Drills drills, MeterRegistry registry) {
        this.drills = drills;
        this.lastSuccess = new DatabaseGauge(MultiGauge.builder("afterimage.drill.last.success.timestamp")
                .description("When a drill passed last, seconds since 1970; 0 for never")
                .baseUnit("seconds")
                .register(registry));
        this.duration = new DatabaseGauge(MultiGauge.builder("afterimage.drill.duration")
                .description("How long the last drill took to restore and check")
                .baseUnit("seconds")
                .register(registry));
        this.passed = new DatabaseGauge(MultiGauge.builder("afterimage.drill.passed")
                .description("1 when the last drill passed, else 0")
                .register(registry));
    }

    @Scheduled(fixedDelayString = DatabaseGauge.REFRESHED_EVERY)
    void refresh() {
        var standings = drills.standings();
        tell(lastSuccess, standings, Standing::lastSuccessSeconds);
        tell(duration, standings, standing -> standing.last().durationMillis() / MILLIS_PER_SECOND);
        tell(passed, standings, standing -> standing.last().passed() ? 1 : 0);
    }

    private static void tell(DatabaseGauge gauge, List<Standing> standings, ToDoubleFunction<Standing> value) {
        gauge.tell(standings.stream().collect(toMap(Standing::databaseName, value::applyAsDouble)));
    }
}
