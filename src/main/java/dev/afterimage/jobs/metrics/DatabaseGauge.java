package dev.afterimage.jobs.metrics;

import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.Map;

/**
 * A number per database. Gauges are made and removed only when databases come and go: to make those of ten thousand databases anew each time
 * would be most of what an idle service does.
 */
public final class DatabaseGauge {

    private final MultiGauge gauge;
    private volatile Map<String, Double> numbers = Map.of();

    public DatabaseGauge(MultiGauge gauge) {
        this.gauge = gauge;
    }

    /** @param now by the names of databases; those that are not in it have no gauge any more */
    public void tell(Map<String, Double> now) {
        boolean sameDatabases = numbers.keySet().equals(now.keySet());
        numbers = now;
        if (!sameDatabases) {
            gauge.register(rows(now), false);
        }
    }

    private List<MultiGauge.Row<DatabaseGauge>> rows(Map<String, Double> now) {
        return now.keySet().stream()
                .map(name -> MultiGauge.Row.of(Tags.of("database", name), this, all -> all.of(name)))
                .toList();
    }

    private double of(String name) {
        return numbers.getOrDefault(name, Double.NaN);
    }
}
