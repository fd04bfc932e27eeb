package dev.afterimage.notify;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.springframework.stereotype.Component;

/** Makes signed requests of deliveries. */
@Component
public class WebhookRequests {

    /** Which has no charset: it is UTF-8. */
    private static final ContentType JSON = ContentType.create("application/json");

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
        var request = new HttpPost(webhook.url());
        request.setHeader("User-Agent", "Afterimage");
        request.setHeader("Afterimage-Event", delivery.event());
        request.setHeader("Afterimage-Delivery", delivery.id().toString());
        request.setHeader("Afterimage-Signature", Signature.of(delivery.body(), webhook.secret(), clock.instant()));
        request.setEntity(new ByteArrayEntity(delivery.body().getBytes(StandardCharsets.UTF_8), JSON));
        return requests.send(request);
    }
}
