package dev.afterimage.jobs.queue;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How many jobs may wait. Those that the service submits by itself, such as for a schedule, are neither counted nor refused.
 *
 * @param queued {@code afterimage.jobs.queued}: of all callers together; at least 1
 * @param queuedPerCaller {@code afterimage.jobs.queued-per-caller}: of each; at least 1
 */
@ConfigurationProperties("afterimage.jobs")
public record QueueSettings(
        @DefaultValue("10000") int queued,
        @DefaultValue("1000") int queuedPerCaller) {

    public QueueSettings {
        if (queued < 1 || queuedPerCaller < 1) {
            throw new IllegalArgumentException(
                    "afterimage.jobs.queued and afterimage.jobs.queued-per-caller must be at least 1");
        }
    }
}
