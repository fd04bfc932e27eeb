package dev.afterimage.notify;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way to one webhook.
 *
 * @param event the text of an {@link EventType}, perhaps of one that only another version knows
 * @param body exactly what is signed and sent
 * @param attempts that were made
 * @param nextAttemptAt of one that is PENDING; null otherwise
 * @param status of the last attempt's answer; null when there was none
 * @param error why the last attempt failed; null when none did
 */
public record Delivery(
        UUID id,
        UUID webhookId,
        String event,
        String body,
        State state,
        int attempts,
        Instant createdAt,
        @Nullable Instant nextAttemptAt,
        @Nullable Instant finishedAt,
        @Nullable Integer status,
        @Nullable String error) {

    /** What became of it. The last two are final. */
    public enum State {
        PENDING,
        DELIVERED,
        FAILED
    }
}
