package dev.afterimage.jobs.metrics;

import static java.util.stream.Collectors.toMap;

import dev.afterimage.catalog.snapshots.Drills;
import dev.afterimage.catalog.snapshots.Drills.Standing;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/** Tells Prometheus, for each registered database that had a drill, how the last one went. */
@Component
class DrillMetrics extends PeriodicWork {

    private static final double MILLIS_PER_SECOND = 1_000;

    private final Drills drills;
    private final MetricsSettings settings;
    private final DatabaseGauge lastSuccess;
    private final DatabaseGauge duration;
    private final DatabaseGauge passed;

    DrillMetrics(Drills drills, MetricsSettings settings, MeterRegistry registry) {
        super("drill-metrics");
        this.drills = drills;
        this.settings = settings;
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

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(settings.refresh(), Duration.ZERO, this::refresh);
    }

    private void refresh() {
        var standings = drills.standings();
        tell(lastSuccess, standings, Standing::lastSuccessSeconds);
        tell(duration, standings, standing -> standing.last().durationMillis() / MILLIS_PER_SECOND);
        tell(passed, standings, standing -> standing.last().passed() ? 1 : 0);
    }

    private static void tell(DatabaseGauge gauge, List<Standing> standings, ToDoubleFunction<Standing> value) {
        gauge.tell(standings.stream().collect(toMap(Standing::databaseName, value::applyAsDouble)));
    }
}
