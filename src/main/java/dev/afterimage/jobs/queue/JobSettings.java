package dev.afterimage.jobs.queue;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How jobs are run.
 *
 * @param workers {@code afterimage.jobs.workers}: how many jobs run at once; at least 1
 * @param deadline {@code afterimage.jobs.deadline}: how long a job that names no deadline may wait for obstacles that
 *     pass by themselves, such as a locked database
 * @param lease {@code afterimage.jobs.lease}: how long a job stays with a node that gives no sign of life
 * @param keep {@code afterimage.jobs.keep}: how long a job that has ended can still be looked at, and its idempotency key is
 *     remembered
 */
@ConfigurationProperties("afterimage.jobs")
public record JobSettings(
        @DefaultValue("2") int workers,
        @DefaultValue("5m") Duration deadline,
        @DefaultValue("30s") Duration lease,
        @DefaultValue("90d") Duration keep) {

    public JobSettings {
        if (workers < 1) {
            throw new IllegalArgumentException("afterimage.jobs.workers must be at least 1, not " + workers);
        }
    }
}
