package dev.afterimage.protection;

import static java.util.stream.Collectors.toMap;

import dev.afterimage.jobs.metrics.DatabaseGauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Tells Prometheus how well each registered database is protected, and how many are how well. */
@Component
@EnableScheduling
class ProtectionMetrics {

    private final Protections protections;
    private final DatabaseGauge lastGood;
    private final DatabaseGauge isProtected;
    private final MultiGauge databases;

    ProtectionMetrics(Protections protections, MeterRegistry registry) {
        this.protections = protections;
        this.lastGood = new DatabaseGauge(MultiGauge.builder("afterimage.snapshot.last.good.timestamp")
                .description(
                        "When the database was last known to be in the state of a good snapshot, seconds since 1970; 0 for never")
                .baseUnit("seconds")
                .register(registry));
        this.isProtected = new DatabaseGauge(MultiGauge.builder("afterimage.database.protected")
                .description("1 when the database is PROTECTED, else 0")
                .register(registry));
        this.databases = MultiGauge.builder("afterimage.databases")
                .description("Registered databases by how well they are protected")
                .register(registry);
    }

    @Scheduled(fixedDelayString = DatabaseGauge.REFRESHED_EVERY)
    void refresh() {
        var all = protections.all();
        tell(lastGood, all, database -> seconds(database.lastGoodAt()));
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
