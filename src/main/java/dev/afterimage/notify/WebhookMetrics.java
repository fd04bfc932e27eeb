package dev.afterimage.notify;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.stereotype.Component;

/** Tells Prometheus whether webhooks hear what they are to hear: who waits for an alarm by webhook must learn by another way that it is deaf. */
@Component
class WebhookMetrics {

    WebhookMetrics(MeterRegistry registry, Webhooks webhooks) {
        Gauge.builder("afterimage.webhooks.failing", webhooks, Webhooks::failing)
                .description("Webhooks, not paused, whose last delivery failed or waits for another attempt")
                .strongReference(true)
                .register(registry);
    }
}
