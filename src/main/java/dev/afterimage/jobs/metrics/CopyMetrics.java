package dev.afterimage.jobs.metrics;

import static java.util.stream.Collectors.toMap;

import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.copies.Copies;
import dev.afterimage.copies.CopyStates;
import dev.afterimage.copies.Copying;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.recovery.AdoptedRepository;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/** Tells Prometheus how far the copies of the repository are, and what was copied. No place of a copy is asked. */
@Component
class CopyMetrics extends PeriodicWork {

    private final Copies copies;
    private final CopyStates states;
    private final Databases databases;
    private final MetricsSettings settings;
    private final Map<String, DatabaseGauge> lastGood = new HashMap<>();
    private volatile Map<String, CopyStates.Told> told = Map.of();

    CopyMetrics(
            MeterRegistry registry,
            Copies copies,
            CopyStates states,
            Copying copying,
            AdoptedRepository repository,
            Databases databases,
            MetricsSettings settings) {
        super("copy-metrics");
        this.copies = copies;
        this.states = states;
        this.databases = databases;
        this.settings = settings;
        for (var copy : copies.all()) {
            var name = copy.name();
            FunctionCounter.builder("afterimage.copy.reads", repository, read -> read.readsOf(name))
                    .description(
                            "Snapshots that were read with the help of the copy, as the repository alone did not do")
                    .tag("copy", name)
                    .register(registry);
            lastGood.put(
                    name,
                    new DatabaseGauge(MultiGauge.builder("afterimage.copy.last.good.timestamp")
                            .description(
                                    "When the database was last known to be in the state of the newest good snapshot that the copy has, seconds since 1970; 0 for none")
                            .baseUnit("seconds")
                            .tag("copy", name)
                            .register(registry)));
            gauge(
                    registry,
                    name,
                    "afterimage.copy.present",
                    "0 when the copy could not be reached at the last try, or had something else; else 1",
                    one -> one.state() == CopyStates.State.AWAY ? 0 : 1);
            gauge(
                    registry,
                    name,
                    "afterimage.copy.lacking.snapshots",
                    "Snapshots that can be restored and that the copy lacks",
                    CopyStates.Told::lacking);
            gauge(
                    registry,
                    name,
                    "afterimage.copy.last.success.timestamp.seconds",
                    "When the copy last had all that the repository had, seconds since 1970; 0 for never",
                    CopyMetrics::lastSuccess);
            var totals = copying.totals(name);
            counter(
                    registry,
                    name,
                    "afterimage.copy.objects",
                    "Objects that were copied",
                    totals,
                    Copying.Totals::objects);
            counter(registry, name, "afterimage.copy.bytes", "Bytes that were copied", totals, Copying.Totals::bytes);
            counter(
                    registry,
                    name,
                    "afterimage.copy.failures",
                    "Tries to copy that failed",
                    totals,
                    Copying.Totals::failures);
        }
    }

    private void gauge(
            MeterRegistry registry,
            String copy,
            String name,
            String description,
            ToDoubleFunction<CopyStates.Told> value) {
        Gauge.builder(
                        name,
                        this,
                        all -> Optional.ofNullable(all.told.get(copy))
                                .map(value::applyAsDouble)
                                .orElse(Double.NaN))
                .description(description)
                .tag("copy", copy)
                .register(registry);
    }

    private static void counter(
            MeterRegistry registry,
            String copy,
            String name,
            String description,
            Copying.Totals totals,
            ToDoubleFunction<Copying.Totals> value) {
        FunctionCounter.builder(name, totals, value)
                .description(description)
                .tag("copy", copy)
                .register(registry);
    }

    private static double lastSuccess(CopyStates.Told told) {
        return told.known()
                .flatMap(known -> Optional.ofNullable(known.succeededAt()))
                .map(Instant::getEpochSecond)
                .orElse(0L);
    }

    @Override
    protected void begin(PeriodicThread thread) {
        if (!copies.all().isEmpty()) {
            thread.every(settings.refresh(), Duration.ZERO, this::refresh);
        }
    }

    /** A database of which a copy has nothing is told with 0: what is missing alarms nobody. */
    private void refresh() {
        var all = states.all();
        told = all.stream().collect(toMap(one -> one.copy().name(), one -> one));
        var none = databases.names().stream().collect(toMap(name -> name, _ -> 0.0));
        for (var one : all) {
            var numbers = new HashMap<>(none);
            for (CopiedSnapshots.Newest newest : one.newest()) {
                numbers.put(newest.database(), (double) newest.goodAt().getEpochSecond());
            }
            var gauge = lastGood.get(one.copy().name());
            if (gauge != null) {
                gauge.tell(Map.copyOf(numbers));
            }
        }
    }
}
