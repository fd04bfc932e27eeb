package dev.afterimage.api.notifications;

import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;

/** Where a database's heartbeat goes. */
@Schema(
        description = "Where a database's heartbeat goes",
        example = "{\"url\": \"https://alarm.example.com/ping/orders\"}")
public record HeartbeatRequest(
        @Schema(description = WebhookRequest.URL, example = "https://alarm.example.com/ping/orders")
        @NotNull
        @Size(max = WebhookRequest.MAX_URL)
        String url) {}
