package dev.afterimage.api.notifications;

import dev.afterimage.notify.EventType;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request to change a webhook. What is absent or null stays as it is. */
@Schema(description = "What to change; what is absent or null stays as it is", example = "{\"paused\": true}")
public record WebhookChange(
        @Schema(description = WebhookRequest.URL) @Size(max = WebhookRequest.MAX_URL) @Nullable
        String url,

        @Schema(description = "What it is told") @Size(min = 1) @Nullable
        List<@NotNull EventType> events,

        @Schema(description = "Names of those it is told about") @Size(min = 1) @Nullable
        List<@NotNull String> databases,

        @Schema(description = WebhookRequest.PAUSED) @Nullable
        Boolean paused) {}
