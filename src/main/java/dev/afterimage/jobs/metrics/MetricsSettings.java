package dev.afterimage.jobs.metrics;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param refresh {@code afterimage.metrics.refresh}: how often what is told per database is determined anew; with ten thousand databases a
 *     look at all of them is most of what an idle service does
 */
@ConfigurationProperties("afterimage.metrics")
public record MetricsSettings(@DefaultValue("1m") Duration refresh) {

    public MetricsSettings {
        if (!refresh.isPositive()) {
            throw new IllegalArgumentException("afterimage.metrics.refresh must be positive: " + refresh);
        }
    }
}
