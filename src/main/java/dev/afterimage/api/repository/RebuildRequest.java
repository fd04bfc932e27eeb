package dev.afterimage.api.repository;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request to rebuild the catalog; every field may be left out. */
@Schema(description = "How to rebuild the catalog; every field may be left out, and so may the body", example = "{}")
public record RebuildRequest(
        @Schema(description = "Which of the waiting jobs runs first", defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final RebuildRequest DEFAULT = new RebuildRequest(Priority.NORMAL, null);

    public RebuildRequest {
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
