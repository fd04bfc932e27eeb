package dev.afterimage.jobs.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class DatabaseGaugeTests {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final DatabaseGauge gauge =
            new DatabaseGauge(MultiGauge.builder("bytes").register(registry));

    @Test
    void tellWhenANumberChangesKeepsTheGauge() {
        gauge.tell(Map.of("orders", 1.0, "users", 2.0));
        var made = List.copyOf(registry.getMeters());
        gauge.tell(Map.of("orders", 3.0, "users", 2.0));
        assertThat(told()).containsExactly(Map.entry("orders", 3.0), Map.entry("users", 2.0));
        assertThat(registry.getMeters())
                .hasSameSizeAs(made)
                .allMatch(meter -> made.stream().anyMatch(m -> m == meter));
    }

    @Test
    void tellWhenDatabasesComeAndGoHasGaugesOfThoseThatAreThere() {
        gauge.tell(Map.of("orders", 1.0, "users", 2.0));
        gauge.tell(Map.of("orders", 4.0, "stock", 5.0));
        assertThat(told()).containsExactly(Map.entry("orders", 4.0), Map.entry("stock", 5.0));
        gauge.tell(Map.of("orders", 4.0, "stock", 5.0, "users", 6.0));
        assertThat(told()).containsExactly(Map.entry("orders", 4.0), Map.entry("stock", 5.0), Map.entry("users", 6.0));
    }

    private Map<String, Double> told() {
        var told = new TreeMap<String, Double>();
        for (Meter meter : registry.getMeters()) {
            var number = meter.measure().iterator().next().getValue();
            told.put(String.valueOf(meter.getId().getTag("database")), number);
        }
        return told;
    }
}
