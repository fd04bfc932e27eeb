package dev.afterimage.api.repository;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.repair.RepairOrder;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request to repair the repository; every field may be left out. */
@Schema(
        description = "How to repair the repository; every field may be left out, and so may the body",
        example = "{\"dryRun\": true}")
public record RepairRequest(
        @Schema(
                description =
                        "The copy that is read; left out, all are, and each object comes from the first that has it whole",
                example = "offsite")
        @Nullable
        String from,

        @Schema(description = "Read all, change nothing, and tell what would be brought back", defaultValue = "false")
        @Nullable
        Boolean dryRun,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final RepairRequest DEFAULT = new RepairRequest(null, null, Priority.NORMAL, null);

    public RepairRequest {
        dryRun = Objects.requireNonNullElse(dryRun, false);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }

    RepairOrder order() {
        return new RepairOrder(from, Boolean.TRUE.equals(dryRun));
    }
}
