package dev.afterimage.api.restores;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Verify;
import dev.afterimage.restore.TargetMode;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.hibernate.validator.constraints.UniqueElements;
import org.jspecify.annotations.Nullable;

/** A request to restore all databases to their own paths. */
@Schema(description = "Which databases to restore to their own paths", example = "{}")
public record AllRestoresRequest(
        @Schema(
                description =
                        "Names of registered databases; null for all that belong to this node. Needed with `existing`: what is replaced is named",
                example = "[\"orders\", \"stock\"]")
        @Size(min = 1, max = 10_000)
        @UniqueElements(message = "must name each database once")
        @Nullable
        List<@NotNull String> databases,

        @Schema(
                description =
                        "How to replace databases whose files are there: REPLACE_LIVE or REPLACE_FILE; null to leave"
                                + " them as they are")
        @Nullable
        TargetMode existing,

        @Schema(description = "Of those that are replaced: " + RestoreRequest.SAFETY_SNAPSHOT) @Nullable
        Boolean safetySnapshot,

        @Schema(description = RestoreRequest.VERIFY, defaultValue = "QUICK")
        Verify verify,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final AllRestoresRequest DEFAULT =
            new AllRestoresRequest(null, null, null, Verify.QUICK, Priority.NORMAL, null);

    public AllRestoresRequest {
        verify = Objects.requireNonNullElse(verify, Verify.QUICK);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
