package dev.afterimage.api.checks;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.sqlite.check.CheckLevel;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request for a check; every field may be left out. */
@Schema(
        description = "How to check a snapshot; every field may be left out, and so may the body",
        example = "{\"level\": \"FULL\"}")
public record CheckRequest(
        @Schema(
                description = "FULL is integrity_check and foreign_key_check, QUICK is quick_check",
                defaultValue = "FULL")
        CheckLevel level,

        @Schema(description = DrillRequest.FROM, example = "offsite") @Nullable
        String from,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final CheckRequest DEFAULT = new CheckRequest(CheckLevel.FULL, null, Priority.NORMAL, null);

    public CheckRequest {
        level = Objects.requireNonNullElse(level, CheckLevel.FULL);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
