package dev.afterimage.notify;

import dev.afterimage.catalog.snapshots.Collapses;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import org.springframework.stereotype.Component;

/**
 * Writes down what is to be told. Crash order: a delivery is committed with what it tells of, so neither is there without the
 * other; sending comes later, by {@link DeliveryRound}.
 */
@Component
class Notifications {

    private final Webhooks webhooks;
    private final Deliveries deliveries;
    private final Heartbeats heartbeats;
    private final Collapses collapses;

    Notifications(Webhooks webhooks, Deliveries deliveries, Heartbeats heartbeats, Collapses collapses, JobFeed feed) {
        this.webhooks = webhooks;
        this.deliveries = deliveries;
        this.heartbeats = heartbeats;
        this.collapses = collapses;
        feed.joinEnds(this::jobEnds);
    }

    private void jobEnds(Job job) {
        Event.of(job).ifPresent(this::write);
        var collapsed = collapses.tell(job.databases());
        if (!collapsed.isEmpty()) {
            write(Event.ofCollapse(collapsed, job));
        }
        if (job.state() == JobState.SUCCEEDED && job.spec() instanceof JobSpec.Capturing backup) {
            backup.reserves().forEach(heartbeats::beat);
        }
    }

    /** Joins the present transaction. */
    void write(Event event) {
        webhooks.wanting(event).forEach(webhook -> deliveries.add(deliveries.make(webhook, event)));
    }
}
