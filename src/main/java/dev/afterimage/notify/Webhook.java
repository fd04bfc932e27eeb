package dev.afterimage.notify;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who wants to hear of what.
 *
 * @param events null for all
 * @param databases names; null for all, and for what is about none
 * @param secret signs what is sent
 * @param paused nothing is written down to be told, and what was written down waits
 */
public record Webhook(
        UUID id,
        URI url,
        @Nullable List<EventType> events,
        @Nullable List<String> databases,
        String secret,
        boolean paused,
        Instant createdAt) {

    public Webhook {
        events = events == null ? null : List.copyOf(events);
        databases = databases == null ? null : List.copyOf(databases);
    }

    boolean wants(EventType event) {
        return !paused && (events == null || events.contains(event));
    }

    boolean wants(Event event) {
        return wants(event.type())
                && (databases == null || event.databases().stream().anyMatch(databases::contains));
    }
}
