package dev.afterimage.api.retention;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;

/** A request to delete the snapshots that have to go; every field may be left out. */
@Schema(description = "How to prune; every field may be left out, and so may the body", example = "{\"dryRun\": true}")
public record PruneRequest(
        @Schema(
                description = "Whether to change nothing, and tell what would be done",
                defaultValue = "false",
                example = "true")
        Boolean dryRun,

        @Schema(
                description =
                        "For how long no snapshot must have needed what is deleted; `afterimage.storage.delete-grace`"
                                + " when left out. With `0s` all of it is free at once; then nobody but this service may read or"
                                + " write the repository meanwhile",
                example = "0s",
                type = "string")
        @DurationMin
        @Nullable
        Duration grace,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final PruneRequest DEFAULT = new PruneRequest(false, null, Priority.NORMAL, null);

    public PruneRequest {
        dryRun = Objects.requireNonNullElse(dryRun, false);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
