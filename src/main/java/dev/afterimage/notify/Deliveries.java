package dev.afterimage.notify;

import dev.afterimage.catalog.Catalog;
import dev.afterimage.catalog.Columns;
import dev.afterimage.catalog.Page;
import dev.afterimage.catalog.TimeOrderedId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What is to be told to webhooks, and what became of it. */
@Component
public class Deliveries {

    private static final int DUE_AT_ONCE = 100;
    private static final Duration LONGEST_WAIT = Duration.ofDays(1);

    private final Catalog catalog;
    private final Clock clock;

    Deliveries(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** One that is due at once, as yet nowhere but in memory. */
    Delivery make(Webhook webhook, Event event) {
        var id = TimeOrderedId.next(clock);
        var now = Instant.ofEpochMilli(clock.millis());
        var body = catalog.toJson(body(id, event, now));
        return new Delivery(
                id, webhook.id(), event.type().toString(), body, Delivery.State.PENDING, 0, now, now, null, null, null);
    }

    private static Map<String, Object> body(UUID id, Event event, Instant now) {
        var body = new LinkedHashMap<String, Object>();
        body.put("id", id.toString());
        body.put("event", event.type());
        body.put("createdAt", now.toString());
        body.putAll(event.facts());
        return body;
    }

    /** Joins the present transaction. */
    void add(Delivery delivery) {
        catalog.update("""
                        INSERT INTO delivery (id, webhook_id, event, body, state, attempts, created_at, next_attempt_at)
                        VALUES (:id, :webhookId, :event, :body, :state, 0, :createdAt, :createdAt)
                        """)
                .param("id", delivery.id().toString())
                .param("webhookId", delivery.webhookId().toString())
                .param("event", delivery.event())
                .param("body", delivery.body())
                .param("state", delivery.state().name())
                .param("createdAt", delivery.createdAt().toEpochMilli())
                .update();
    }

    /** Those that something is to be sent to now: one look into an index for each webhook. */
    List<UUID> dueWebhooks() {
        return catalog.query("""
                        SELECT id FROM webhook WHERE paused = 0 AND EXISTS (
                            SELECT 1 FROM delivery
                            WHERE webhook_id = webhook.id AND state = 'PENDING' AND next_attempt_at <= :now)
                        """)
                .param("now", clock.millis())
                .query((row, number) -> UUID.fromString(row.getString("id")))
                .list();
    }

    /** The first of what is to be sent to one webhook now. */
    List<Delivery> due(UUID webhookId) {
        return catalog.query("""
                        SELECT * FROM delivery
                        WHERE webhook_id = :webhookId AND state = 'PENDING' AND next_attempt_at <= :now
                        ORDER BY next_attempt_at, id LIMIT :limit
                        """)
                .param("webhookId", webhookId.toString())
                .param("now", clock.millis())
                .param("limit", DUE_AT_ONCE)
                .query(this::delivery)
                .list();
    }

    void delivered(Delivery delivery, Reply reply) {
        attempted(delivery, Delivery.State.DELIVERED, null, reply);
    }

    /** @param wait until it is tried again; empty for never */
    void failed(Delivery delivery, Reply reply, Optional<Duration> wait) {
        var next = wait.map(clock.instant()::plus).orElse(null);
        attempted(delivery, next == null ? Delivery.State.FAILED : Delivery.State.PENDING, next, reply);
    }

    /** An attempt of all that is due of a webhook has failed. */
    void unanswered(UUID webhookId, Reply reply) {
        catalog.inTransaction(() -> {
            for (int attempts = 1; attempts <= RetryTimes.MOST_ATTEMPTS; attempts++) {
                var wait =
                        RetryTimes.after(attempts, ThreadLocalRandom.current().nextDouble());
                unanswered(
                        webhookId,
                        attempts,
                        reply,
                        wait.map(clock.instant()::plus).orElse(null));
            }
            return null;
        });
    }

    /** @param next null for never */
    private void unanswered(UUID webhookId, int attempts, Reply reply, @Nullable Instant next) {
        catalog.update("""
                        UPDATE delivery SET state = :state, attempts = :attempts, next_attempt_at = :next,
                            finished_at = :finishedAt, status = NULL, error = :error
                        WHERE webhook_id = :webhookId AND state = 'PENDING' AND next_attempt_at <= :now
                          AND attempts = :attempts - 1
                        """)
                .param("state", (next == null ? Delivery.State.FAILED : Delivery.State.PENDING).name())
                .param("attempts", attempts)
                .param("next", Catalog.millis(next))
                .param("finishedAt", next == null ? clock.millis() : null)
                .param("error", reply.error())
                .param("webhookId", webhookId.toString())
                .param("now", clock.millis())
                .update();
    }

    /** What waits longer than anything ever does was put off, or written, while the clock was ahead. It is due now. */
    void bringForward() {
        catalog.update("""
                        UPDATE delivery SET next_attempt_at = :now
                        WHERE state = 'PENDING' AND next_attempt_at > :latest
                        """)
                .param("now", clock.millis())
                .param("latest", clock.instant().plus(LONGEST_WAIT).toEpochMilli())
                .update();
    }

    private void attempted(Delivery delivery, Delivery.State state, @Nullable Instant next, Reply reply) {
        catalog.update("""
                        UPDATE delivery SET state = :state, attempts = attempts + 1, next_attempt_at = :next,
                            finished_at = :finishedAt, status = :status, error = :error
                        WHERE id = :id
                        """)
                .param("state", state.name())
                .param("next", Catalog.millis(next))
                .param("finishedAt", state == Delivery.State.PENDING ? null : clock.millis())
                .param("status", reply.status())
                .param("error", reply.error())
                .param("id", delivery.id().toString())
                .update();
    }

    /** Newest first, those older than {@code after}. */
    public Page<Delivery, UUID> list(UUID webhookId, @Nullable UUID after, int limit) {
        var rows = catalog.query("""
                        SELECT * FROM delivery WHERE webhook_id = :webhookId AND (:after IS NULL OR id < :after)
                        ORDER BY id DESC LIMIT :limit
                        """)
                .param("webhookId", webhookId.toString())
                .param("after", Objects.toString(after, null))
                .param("limit", limit + 1)
                .query(this::delivery)
                .list();
        return Page.of(rows, limit, Delivery::id);
    }

    /** Deletes those that ended longer ago. */
    void forget(Duration keep) {
        catalog.deleteAll("""
                DELETE FROM delivery WHERE id IN (
                    SELECT id FROM delivery WHERE finished_at < :before ORDER BY finished_at LIMIT :atOnce)
                """, Map.of("before", clock.instant().minus(keep).toEpochMilli()));
    }

    private Delivery delivery(ResultSet row, int number) throws SQLException {
        var status = row.getObject("status");
        return new Delivery(
                UUID.fromString(row.getString("id")),
                UUID.fromString(row.getString("webhook_id")),
                row.getString("event"),
                row.getString("body"),
                Columns.readOr(Delivery.State.FAILED, row.getString("state"), Delivery.State::valueOf),
                row.getInt("attempts"),
                Instant.ofEpochMilli(row.getLong("created_at")),
                Catalog.instant(row.getObject("next_attempt_at")),
                Catalog.instant(row.getObject("finished_at")),
                status == null ? null : ((Number) status).intValue(),
                row.getString("error"));
    }
}
