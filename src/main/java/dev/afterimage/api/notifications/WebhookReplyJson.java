package dev.afterimage.api.notifications;

import dev.afterimage.notify.Reply;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** What a webhook answered to a test event. */
@Schema(name = "WebhookReply", description = "What a webhook answered to a test event")
record WebhookReplyJson(
        @Schema(description = "Whether it answered with 2xx")
        boolean delivered,

        @Schema(description = "null when there was no answer", example = "200") @Nullable
        Integer status,

        @Schema(description = "Why it was not delivered; null when it was") @Nullable
        String error,

        @Schema(description = "The answer's first 1024 bytes")
        String body,

        @Schema(description = "Until the answer was there, or the attempt ended", example = "35")
        long millis) {

    static WebhookReplyJson of(Reply reply) {
        return new WebhookReplyJson(
                reply.delivered(),
                reply.status(),
                reply.error(),
                reply.body(),
                reply.took().toMillis());
    }
}
