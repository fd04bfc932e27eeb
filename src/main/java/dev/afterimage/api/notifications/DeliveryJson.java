package dev.afterimage.api.notifications;

import dev.afterimage.notify.Delivery;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** An event on its way to a webhook, as answers have it. */
@Schema(name = "Delivery", description = "An event on its way to a webhook")
record DeliveryJson(
        @Schema(description = "As the header Afterimage-Delivery and the body have it")
        UUID id,

        @Schema(description = "As the header Afterimage-Event and the body have it", example = "backup.succeeded")
        String event,

        @Schema(
                description = "DELIVERED: answered with 2xx; FAILED: given up after ten attempts",
                example = "DELIVERED")
        Delivery.State state,

        @Schema(description = "That were made", example = "1")
        int attempts,

        @Schema(description = "Of the last attempt's answer; null when there was none", example = "200") @Nullable
        Integer status,

        @Schema(description = "Why the last attempt failed; null when none did") @Nullable
        String error,

        Instant createdAt,

        @Schema(description = "Of one that is PENDING; null otherwise") @Nullable
        Instant nextAttemptAt,

        @Schema(description = "When it was DELIVERED, or given up; null while it is PENDING") @Nullable
        Instant finishedAt) {

    static DeliveryJson of(Delivery delivery) {
        return new DeliveryJson(
                delivery.id(),
                delivery.event(),
                delivery.state(),
                delivery.attempts(),
                delivery.status(),
                delivery.error(),
                delivery.createdAt(),
                delivery.nextAttemptAt(),
                delivery.finishedAt());
    }
}
