package dev.afterimage.notify;

import java.util.HashSet;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.springframework.stereotype.Component;

/**
 * Tries what is due, one after the other. Crash order: an attempt is made, then noted. Who dies in between sends again, under the
 * same id, by which the receiver can tell.
 */
@Component
class DeliveryRound {

    private final Webhooks webhooks;
    private final Deliveries deliveries;
    private final WebhookRequests requests;

    DeliveryRound(Webhooks webhooks, Deliveries deliveries, WebhookRequests requests) {
        this.webhooks = webhooks;
        this.deliveries = deliveries;
        this.requests = requests;
    }

    /** A webhook that fails once is left alone for the rest of the round: others must not wait for its timeouts. */
    void run() {
        var failing = new HashSet<UUID>();
        for (var delivery : deliveries.due()) {
            if (Thread.currentThread().isInterrupted()) {
                return;
            }
            var webhook = webhooks.find(delivery.webhookId());
            boolean wanted = webhook.isPresent() && !failing.contains(delivery.webhookId());
            if (wanted && !attempt(webhook.get(), delivery)) {
                failing.add(delivery.webhookId());
            }
        }
    }

    private boolean attempt(Webhook webhook, Delivery delivery) {
        var reply = requests.send(webhook, delivery);
        if (reply.delivered()) {
            deliveries.delivered(delivery, reply);
        } else if (!Thread.currentThread().isInterrupted()) { // else the attempt was cut off, and does not count
            double random = ThreadLocalRandom.current().nextDouble();
            deliveries.failed(delivery, reply, Backoff.after(delivery.attempts() + 1, random));
        }
        return reply.delivered();
    }
}
