package dev.afterimage.notify;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How webhooks are told.
 *
 * @param allowLocal {@code afterimage.webhooks.allow-local}: whether requests may go to this machine and to link-local addresses
 * @param timeout {@code afterimage.webhooks.timeout}: of one request, from the connection to the answer
 * @param keep {@code afterimage.webhooks.keep}: how long deliveries are remembered after they were DELIVERED or have FAILED
 * @param watch {@code afterimage.webhooks.watch}: how often it is looked whether databases have become stale, or recovered
 */
@ConfigurationProperties("afterimage.webhooks")
public record WebhookSettings(
        @DefaultValue("false") boolean allowLocal,
        @DefaultValue("10s") Duration timeout,
        @DefaultValue("30d") Duration keep,
        @DefaultValue("1m") Duration watch) {

    public WebhookSettings {
        if (!timeout.isPositive() || !watch.isPositive() || keep.isNegative()) {
            throw new IllegalArgumentException(
                    "afterimage.webhooks: timeout and watch must be above zero, keep not below");
        }
    }
}
