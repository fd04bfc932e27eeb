package dev.afterimage.lifecycle;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the service stops.
 *
 * @param grace {@code afterimage.shutdown.grace}: how long running jobs may go on after the service was told to stop; then they are queued
 *     again
 */
@ConfigurationProperties("afterimage.shutdown")
public record ShutdownSettings(@DefaultValue("5s") Duration grace) {

    public ShutdownSettings {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("afterimage.shutdown.grace must not be negative: " + grace);
        }
    }
}
