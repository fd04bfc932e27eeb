package dev.afterimage.api.notifications;

import dev.afterimage.notify.EventType;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who is to be told of what. */
@Schema(
        description = "Who is to be told of what; all but `url` may be left out",
        example =
                "{\"url\": \"https://chat.example.com/hooks/backups\", \"events\": [\"backup.failed\", \"database.stale\"]}")
public record WebhookRequest(
        @Schema(description = URL, example = "https://chat.example.com/hooks/backups") @NotNull @Size(max = MAX_URL)
        String url,

        @Schema(description = EVENTS, example = "[\"backup.failed\", \"database.stale\"]") @Size(min = 1) @Nullable
        List<@NotNull EventType> events,

        @Schema(description = DATABASES) @Size(min = 1) @Nullable
        List<@NotNull String> databases,

        @Schema(
                description =
                        "Signs what is sent; 16 to 256 characters. When it is left out the service makes one, and shows"
                                + " it in the answer to this request, never again",
                accessMode = Schema.AccessMode.WRITE_ONLY)
        @Size(min = 16, max = 256)
        @Nullable
        String secret,

        @Schema(description = PAUSED, defaultValue = "false") @Nullable
        Boolean paused) {

    static final int MAX_URL = 2048;
    static final String URL = "Of http or https, to another machine unless afterimage.webhooks.allow-local is true";
    static final String EVENTS = "What it is told; all when it is left out";
    static final String DATABASES =
            "Names of those it is told about; all when it is left out, and then also what is about"
                    + " none, such as a prune of all databases";
    static final String PAUSED =
            "Whether it is told nothing: what happens meanwhile is not told later, and what was" + " pending waits";
}
