package dev.afterimage.api.restores;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Verify;
import dev.afterimage.restore.TargetMode;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hibernate.validator.constraints.UniqueElements;
import org.jspecify.annotations.Nullable;

/** A request to restore all snapshots of a group. */
@Schema(
        description = "To where to restore the snapshots of a group",
        example = "{\"mode\": \"REPLACE_LIVE\", \"replaces\": [\"orders\", \"stock\"]}")
public record GroupRestoreRequest(
        @Schema(description = MODE) @Nullable TargetMode mode,

        @Schema(
                description =
                        "By the name of the database that the snapshot is of, which is replaced where the target names nothing else. One that is"
                                + " not named is replaced by `mode`",
                defaultValue = "{}",
                example = "{\"orders\": {\"path\": \"/srv/app/orders-restored.db\", \"mode\": \"NEW_FILE\"}}")
        @Size(max = 100)
        Map<String, @NotNull @Valid RestoreTargetJson> targets,

        @Schema(
                description =
                        "The names of all databases that are replaced, and no others, as a confirmation. A dry run does without",
                example = "[\"orders\", \"stock\"]")
        @Size(max = 100)
        @UniqueElements(message = "must name each database once")
        @Nullable
        List<@NotNull String> replaces,

        @Schema(
                description =
                        "Restore what is left of a group of which snapshots were deleted; their databases stay as they are",
                defaultValue = "false")
        Boolean partial,

        @Schema(description = RestoreRequest.SAFETY_SNAPSHOT) @Nullable
        Boolean safetySnapshot,

        @Schema(description = RestoreRequest.VERIFY, defaultValue = "QUICK")
        Verify verify,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    static final String MODE = "For databases that `targets` does not name; needed where it does not name all";

    public GroupRestoreRequest {
        targets = Objects.requireNonNullElse(targets, Map.of());
        partial = Objects.requireNonNullElse(partial, false);
        verify = Objects.requireNonNullElse(verify, Verify.QUICK);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
