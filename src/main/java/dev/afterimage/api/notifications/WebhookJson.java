package dev.afterimage.api.notifications;

import dev.afterimage.notify.EventType;
import dev.afterimage.notify.Webhook;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A webhook, as answers have it. */
@Schema(name = "Webhook", description = "Who is told of what")
record WebhookJson(
        UUID id,

        @Schema(example = "https://chat.example.com/hooks/backups")
        String url,

        @Schema(description = "null for all", example = "[\"backup.failed\", \"database.stale\"]") @Nullable
        List<EventType> events,

        @Schema(description = "Names; null for all") @Nullable
        List<String> databases,

        boolean paused,
        Instant createdAt,

        @Schema(description = "Only in the answer to the request that made it, when the service chose it; else null")
        @Nullable
        String secret) {

    static WebhookJson of(Webhook webhook, @Nullable String shownSecret) {
        return new WebhookJson(
                webhook.id(),
                webhook.url().toString(),
                webhook.events(),
                webhook.databases(),
                webhook.paused(),
                webhook.createdAt(),
                shownSecret);
    }
}
