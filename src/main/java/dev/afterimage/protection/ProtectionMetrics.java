package dev.afterimage.protection;

import static java.util.stream.Collectors.toMap;

import dev.afterimage.jobs.metrics.DatabaseGauge;
import dev.afterimage.jobs.metrics.MetricsSettings;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Tells Prometheus how well each registered database is protected, and how many are how well. */
@Component
class ProtectionMetrics extends PeriodicWork {

    private final RecentProtections protections;
    private final MetricsSettings settings;
    private final DatabaseGauge lastGood;
    private final DatabaseGauge lastFullCheck;
    private final DatabaseGauge isProtected;
    private final MultiGauge databases;

    ProtectionMetrics(RecentProtections protections, MetricsSettings settings, MeterRegistry registry) {
        super("protection-metrics");
        this.protections = protections;
        this.settings = settings;
        this.lastGood = new DatabaseGauge(MultiGauge.builder("afterimage.snapshot.last.good.timestamp")
                .description(
                        "When the database was last known to be in the state of a good snapshot, seconds since 1970; 0 for never")
                .baseUnit("seconds")
                .register(registry));
        this.lastFullCheck = new DatabaseGauge(MultiGauge.builder("afterimage.snapshot.last.full.check.timestamp")
                .description(
                        "When the newest good snapshot, or the nearest that it was built on, passed a FULL check, seconds since 1970; 0 for never")
                .baseUnit("seconds")
                .register(registry));
        this.isProtected = new DatabaseGauge(MultiGauge.builder("afterimage.database.protected")
                .description("1 when the database is PROTECTED, else 0")
                .register(registry));
        this.databases = MultiGauge.builder("afterimage.databases")
                .description("Registered databases by how well they are protected")
                .register(registry);
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(settings.refresh(), Duration.ZERO, this::refresh);
    }

    private void refresh() {
        var all = protections.look();
        tell(lastGood, all, database -> seconds(database.lastGoodAt()));
        tell(lastFullCheck, all, database -> seconds(database.lastFullCheckAt()));
        tell(isProtected, all, database -> database.isProtected() ? 1 : 0);
        databases.register(
                Arrays.stream(Protection.values())
                        .map(protection -> MultiGauge.Row.of(
                                Tags.of("protection", protection.name()),
                                all.stream()
                                        .filter(database -> database.protection() == protection)
                                        .count()))
                        .toList(),
                true);
    }

    private static void tell(
            DatabaseGauge gauge, List<DatabaseProtection> all, ToDoubleFunction<DatabaseProtection> value) {
        gauge.tell(all.stream().collect(toMap(DatabaseProtection::database, value::applyAsDouble)));
    }

    private static double seconds(@Nullable Instant moment) {
        return moment == null ? 0 : moment.getEpochSecond();
    }
}
