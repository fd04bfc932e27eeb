package dev.afterimage.api.notifications;

import dev.afterimage.notify.Heartbeat;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A database's heartbeat, as answers have it. */
@Schema(name = "Heartbeat", description = "A URL that hears of each good backup of a database")
record HeartbeatJson(
        @Schema(example = "https://alarm.example.com/ping/orders")
        String url,

        @Schema(description = "When it was answered with 2xx last; null for never") @Nullable
        Instant deliveredAt,

        @Schema(description = "When it is sent next; null until the next good backup") @Nullable
        Instant nextAttemptAt,

        @Schema(description = "Of the last attempt's answer; null when there was none", example = "200") @Nullable
        Integer status,

        @Schema(description = "Why the last attempt failed; null when none did") @Nullable
        String error) {

    static HeartbeatJson of(Heartbeat heartbeat) {
        return new HeartbeatJson(
                heartbeat.url().toString(),
                heartbeat.deliveredAt(),
                heartbeat.nextAttemptAt(),
                heartbeat.status(),
                heartbeat.error());
    }
}
