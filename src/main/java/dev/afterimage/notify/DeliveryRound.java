package dev.afterimage.notify;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Gives turns to webhooks that something is due for, each by itself, so that none waits for the timeouts of another. Crash order: an attempt is
 * made, then noted. Who dies in between sends again, under the same id, by which the receiver can tell.
 */
@Component
class DeliveryRound {

    private static final Logger log = LoggerFactory.getLogger(DeliveryRound.class);

    /** Who has not answered all by then has another turn, after those that wait for a thread. */
    private static final Duration TURN = Duration.ofSeconds(10);

    private final Webhooks webhooks;
    private final Deliveries deliveries;
    private final WebhookRequests requests;
    private final Clock clock;
    private final Set<UUID> havingTurns = ConcurrentHashMap.newKeySet();
    private Instant lastLook = Instant.MAX;

    DeliveryRound(Webhooks webhooks, Deliveries deliveries, WebhookRequests requests, Clock clock) {
        this.webhooks = webhooks;
        this.deliveries = deliveries;
        this.requests = requests;
        this.clock = clock;
    }

    /** Begins a turn of each webhook that something is due for, unless it has one. */
    void begin(Executor threads) {
        bringForward();
        for (var webhookId : deliveries.dueWebhooks()) {
            if (havingTurns.add(webhookId)) {
                threads.execute(() -> turn(webhookId));
            }
        }
    }

    /** For when the threads were stopped, and turns that were begun may never come. */
    void forgetTurns() {
        havingTurns.clear();
    }

    /** Where the clock is behind where it was at the last look, or nobody has looked yet. */
    private void bringForward() {
        var now = clock.instant();
        if (now.isBefore(lastLook)) {
            deliveries.bringForward();
        }
        lastLook = now;
    }

    private void turn(UUID webhookId) {
        try {
            tell(webhookId);
        } catch (RuntimeException e) { // it is due still, so the next look begins another turn
            log.error("Webhook {} could not be told, it is tried again", webhookId, e);
        } finally {
            havingTurns.remove(webhookId);
        }
    }

    /** The first that fails ends the turn. */
    private void tell(UUID webhookId) {
        long until = System.nanoTime() + TURN.toNanos();
        for (var delivery : deliveries.due(webhookId)) {
            var webhook = webhooks.find(webhookId).filter(found -> !found.paused());
            boolean goesOn = webhook.isPresent() && System.nanoTime() < until;
            if (!goesOn || Thread.currentThread().isInterrupted() || !attempt(webhook.get(), delivery)) {
                return;
            }
        }
    }

    /** Where there is no answer to one, there is none to the others: what is due has failed, without as many timeouts. */
    private boolean attempt(Webhook webhook, Delivery delivery) {
        var reply = requests.send(webhook, delivery);
        if (reply.delivered()) {
            deliveries.delivered(delivery, reply);
        } else if (Thread.currentThread().isInterrupted()) {
            return false; // the attempt was cut off, and does not count
        } else if (reply.status() == null) {
            deliveries.unanswered(webhook.id(), reply);
        } else {
            double random = ThreadLocalRandom.current().nextDouble();
            deliveries.failed(delivery, reply, RetryTimes.after(delivery.attempts() + 1, random));
        }
        return reply.delivered();
    }
}
