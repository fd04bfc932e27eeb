package dev.afterimage.jobs.work;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How snapshots that have to go are found.
 *
 * @param interval {@code afterimage.retention.interval}: how often the service looks for them by itself, and submits a PRUNE
 *     job when there are any; zero for never
 */
@ConfigurationProperties("afterimage.retention")
public record PruneSettings(@DefaultValue("1h") Duration interval) {

    public PruneSettings {
        if (interval.isNegative()) {
            throw new IllegalArgumentException("afterimage.retention.interval is negative: " + interval);
        }
    }
}
