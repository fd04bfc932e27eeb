package dev.afterimage.api.restores;

import dev.afterimage.api.jobs.Deadline;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Verify;
import dev.afterimage.restore.TargetMode;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A request to restore several followed databases to one moment. */
@Schema(
        description = "Which followed databases to restore to which moment, and to where",
        example =
                "{\"databases\": [\"orders\", \"stock\"], \"at\": \"2026-01-31T12:00:00Z\", \"mode\": \"REPLACE_LIVE\"}")
public record MomentRestoreRequest(
        @Schema(description = "Names of the databases") @NotNull @NotEmpty @Size(max = 100)
        List<@NotNull String> databases,

        @Schema(
                description =
                        "A time with its offset: of each database what the last commit until then has left is restored; the job's `result` says"
                                + " which that was",
                example = "2026-01-31T12:00:00Z")
        @NotNull
        Instant at,

        @Schema(description = GroupRestoreRequest.MODE) @Nullable
        TargetMode mode,

        @Schema(
                description =
                        "By the name of the database, which is replaced where the target names nothing else. One that is not named is replaced by `mode`",
                defaultValue = "{}",
                example = "{\"orders\": {\"path\": \"/srv/app/orders-restored.db\", \"mode\": \"NEW_FILE\"}}")
        @Size(max = 100)
        Map<String, @NotNull @Valid RestoreTargetJson> targets,

        @Schema(description = RestoreRequest.SAFETY_SNAPSHOT) @Nullable
        Boolean safetySnapshot,

        @Schema(description = RestoreRequest.VERIFY, defaultValue = "QUICK")
        Verify verify,

        @Schema(description = PRIORITY, defaultValue = "NORMAL")
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string") @Deadline @Nullable
        Duration deadline)
        implements JobRequest {

    public MomentRestoreRequest {
        targets = Objects.requireNonNullElse(targets, Map.of());
        verify = Objects.requireNonNullElse(verify, Verify.QUICK);
        priority = Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
