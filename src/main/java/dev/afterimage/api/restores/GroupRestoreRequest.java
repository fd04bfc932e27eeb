package dev.afterimage.api.restores;

import dev.afterimage.api.fields.DurationText;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Verify;
import dev.afterimage.restore.TargetMode;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/** A request to restore all snapshots of a group. */
@Schema(description = "To where to restore the snapshots of a group", example = "{\"mode\": \"REPLACE_LIVE\"}")
public record GroupRestoreRequest(
        @Schema(description = "For databases that `targets` does not name", defaultValue = "REPLACE_LIVE") @Nullable
        TargetMode mode,

        @Schema(
                description =
                        "By the name of the database that the snapshot is of. One that is not named is replaced by"
                                + " `mode`",
                example = "{\"orders\": {\"path\": \"/srv/app/orders-restored.db\", \"mode\": \"NEW_FILE\"}}")
        @Size(max = 100)
        @Nullable
        Map<String, @NotNull @Valid RestoreTargetJson> targets,

        @Schema(
                description =
                        "Restore what is left of a group of which snapshots were deleted; their databases stay as they are",
                defaultValue = "false")
        @Nullable
        Boolean partial,

        @Schema(description = RestoreRequest.SAFETY_SNAPSHOT) @Nullable
        Boolean safetySnapshot,

        @Schema(description = RestoreRequest.VERIFY, defaultValue = "QUICK") @Nullable
        Verify verify,

        @Schema(description = "Which of the waiting jobs runs first", defaultValue = "NORMAL") @Nullable
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string")
        @JsonDeserialize(using = DurationText.class)
        @DurationMin(millis = 1)
        @DurationMax(hours = 24)
        @Nullable
        Duration deadline)
        implements JobRequest {

    static final GroupRestoreRequest DEFAULT = new GroupRestoreRequest(null, null, null, null, null, null, null);

    @Override
    public TargetMode mode() {
        return Objects.requireNonNullElse(mode, TargetMode.REPLACE_LIVE);
    }

    @Override
    public Map<String, RestoreTargetJson> targets() {
        return Objects.requireNonNullElse(targets, Map.of());
    }

    @Override
    public Boolean partial() {
        return Objects.requireNonNullElse(partial, false);
    }

    @Override
    public Verify verify() {
        return Objects.requireNonNullElse(verify, Verify.QUICK);
    }

    @Override
    public Priority priority() {
        return Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
