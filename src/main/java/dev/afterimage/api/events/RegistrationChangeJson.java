package dev.afterimage.api.events;

import io.swagger.v3.oas.annotations.media.Schema;

/** That there is a database, or is one no more, as events have it. */
@Schema(
        name = "RegistrationChange",
        description =
                "Of the event `database`: one was registered or removed; of one that has another name now, both are told")
record RegistrationChangeJson(
        @Schema(example = "orders") String database,

        @Schema(description = "false when there is none of that name any more")
        boolean registered) {}
