package dev.afterimage.api.events;

import io.swagger.v3.oas.annotations.media.Schema;

/** That somebody has to look anew, as events have it. */
@Schema(
        name = "Resync",
        description = "Of the event `resync`: something may have changed of which there is no event, look anew")
record ResyncJson(
        @Schema(description = "CONNECTED: the stream begins; TOO_SLOW: more has changed than was taken")
        Reason reason) {

    enum Reason {
        CONNECTED,
        TOO_SLOW
    }
}
