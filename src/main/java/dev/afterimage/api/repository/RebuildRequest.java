package dev.afterimage.api.repository;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.recovery.RebuildOrder;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request to rebuild the catalog; every field may be left out. */
@Schema(description = "How to rebuild the catalog; every field may be left out, and so may the body", example = "{}")
public record RebuildRequest(
        @Schema(
                description =
                        "Whether databases, policies, schedules, webhooks and what else was set come back from a copy of"
                                + " the lost catalog. Say false for a repository that somebody else has written, and to look"
                                + " into a copy of your own in peace: then nothing runs, and nobody is told anything",
                defaultValue = "true")
        Boolean settings,

        @Schema(
                description =
                        "Whether tokens are accepted again, also those that were revoked after the copy was taken. Whoever"
                                + " could write the repository could add some; not without `settings`",
                defaultValue = "false")
        Boolean tokens,

        @Schema(
                description =
                        "Name of the copy to take; by default the newest that is whole, of the lost catalog that knew"
                                + " most of the snapshots, and none where one was brought back before",
                example =
                        "catalog/3f0e2c61-77a5-4d0c-8b1e-9c2d4e6f8a01/20260301T020304567Z-daily-efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef")
        @Size(max = 200)
        @Nullable
        String catalogCopy,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final RebuildRequest DEFAULT = new RebuildRequest(true, false, null, Priority.NORMAL, null);

    public RebuildRequest {
        settings = Objects.requireNonNullElse(settings, true);
        tokens = Objects.requireNonNullElse(tokens, false);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }

    RebuildOrder order() {
        return new RebuildOrder(settings, tokens, catalogCopy);
    }
}
