package dev.afterimage.notify;

import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Clock;
import org.springframework.stereotype.Component;

/** Makes signed requests of deliveries. */
@Component
public class WebhookRequests {

    private final Deliveries deliveries;
    private final HttpRequests requests;
    private final Clock clock;

    WebhookRequests(Deliveries deliveries, HttpRequests requests, Clock clock) {
        this.deliveries = deliveries;
        this.requests = requests;
        this.clock = clock;
    }

    /** Sends an event that tells nothing, once. It is not among the deliveries. */
    public Reply test(Webhook webhook) {
        return send(webhook, deliveries.make(webhook, Event.test()));
    }

    Reply send(Webhook webhook, Delivery delivery) {
        return requests.send(HttpRequest.newBuilder(webhook.url())
                .header("Content-Type", "application/json")
                .header("User-Agent", "Afterimage")
                .header("Afterimage-Event", delivery.event())
                .header("Afterimage-Delivery", delivery.id().toString())
                .header("Afterimage-Signature", Signature.of(delivery.body(), webhook.secret(), clock.instant()))
                .POST(BodyPublishers.ofString(delivery.body()))
                .build());
    }
}
