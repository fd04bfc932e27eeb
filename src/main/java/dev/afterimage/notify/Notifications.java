package dev.afterimage.notify;

import dev.afterimage.jobs.Job;
import dev.afterimage.jobs.JobFeed;
import org.springframework.stereotype.Component;

/**
 * Writes down what is to be told. Crash order: a delivery is committed with what it tells of, so neither is there without the
 * other; sending comes later, by {@link DeliveryRound}.
 */
@Component
class Notifications {

    private final Webhooks webhooks;
    private final Deliveries deliveries;

    Notifications(Webhooks webhooks, Deliveries deliveries, JobFeed feed) {
        this.webhooks = webhooks;
        this.deliveries = deliveries;
        feed.joinEnds(this::jobEnds);
    }

    private void jobEnds(Job job) {
        Event.of(job).ifPresent(this::write);
    }

    /** Joins the present transaction. */
    void write(Event event) {
        webhooks.wanting(event).forEach(webhook -> deliveries.add(deliveries.make(webhook, event)));
    }
}
