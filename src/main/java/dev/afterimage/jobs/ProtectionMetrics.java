package dev.afterimage.jobs;

import dev.afterimage.catalog.Snapshots;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Tells Prometheus, for each registered database, when it last was in the state of a good snapshot. */
@Component
@EnableScheduling
class ProtectionMetrics {

    private final Snapshots snapshots;
    private final MultiGauge lastGood;

    ProtectionMetrics(Snapshots snapshots, MeterRegistry registry) {
        this.snapshots = snapshots;
        this.lastGood = MultiGauge.builder("afterimage.snapshot.last.good.timestamp")
                .description(
                        "When the database was last known to be in the state of a good snapshot, seconds since 1970; 0 for never")
                .baseUnit("seconds")
                .register(registry);
    }

    /** The set of databases changes, so the gauges are made anew each time. */
    @Scheduled(fixedDelayString = "PT5S")
    void refresh() {
        lastGood.register(
                snapshots.newestGoodSeconds().entrySet().stream()
                        .map(entry ->
                                MultiGauge.Row.of(Tags.of("database", entry.getKey()), entry, Map.Entry::getValue))
                        .toList(),
                true);
    }
}
