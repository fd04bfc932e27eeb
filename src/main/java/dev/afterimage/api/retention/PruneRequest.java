package dev.afterimage.api.retention;

import dev.afterimage.api.fields.DurationText;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/** A request to delete the snapshots that have to go; every field may be left out. */
@Schema(description = "How to prune; every field may be left out, and so may the body", example = "{\"dryRun\": true}")
public record PruneRequest(
        @Schema(
                description = "Whether to change nothing, and tell what would be done",
                defaultValue = "false",
                example = "true")
        @Nullable
        Boolean dryRun,

        @Schema(description = "Which of the waiting jobs runs first", defaultValue = "NORMAL") @Nullable
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string")
        @JsonDeserialize(using = DurationText.class)
        @DurationMin(millis = 1)
        @DurationMax(hours = 24)
        @Nullable
        Duration deadline)
        implements JobRequest {

    static final PruneRequest DEFAULT = new PruneRequest(null, null, null);

    @Override
    public Boolean dryRun() {
        return Objects.requireNonNullElse(dryRun, false);
    }

    @Override
    public Priority priority() {
        return Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
