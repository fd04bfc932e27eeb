package dev.afterimage.api.repository;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request to copy the repository; every field may be left out. */
@Schema(description = "How to copy the repository; every field may be left out, and so may the body", example = "{}")
public record CopyRequest(
        @Schema(
                description =
                        "Make the copy again in a place that had it and is empty now. Without it such a place is taken"
                                + " for a disk that is not mounted",
                defaultValue = "false")
        @Nullable
        Boolean anew,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final CopyRequest DEFAULT = new CopyRequest(null, Priority.NORMAL, null);

    public CopyRequest {
        anew = Objects.requireNonNullElse(anew, false);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
