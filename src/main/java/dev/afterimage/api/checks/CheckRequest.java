package dev.afterimage.api.checks;

import dev.afterimage.api.fields.DurationText;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.sqlite.check.CheckLevel;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/** A request for a check; every field may be left out. */
@Schema(
        description = "How to check a snapshot; every field may be left out, and so may the body",
        example = "{\"level\": \"FULL\"}")
public record CheckRequest(
        @Schema(
                description = "FULL is integrity_check and foreign_key_check, QUICK is quick_check",
                defaultValue = "FULL")
        @Nullable
        CheckLevel level,

        @Schema(description = "Which of the waiting jobs runs first", defaultValue = "NORMAL") @Nullable
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string")
        @JsonDeserialize(using = DurationText.class)
        @DurationMin(millis = 1)
        @DurationMax(hours = 24)
        @Nullable
        Duration deadline)
        implements JobRequest {

    static final CheckRequest DEFAULT = new CheckRequest(null, null, null);

    @Override
    public CheckLevel level() {
        return Objects.requireNonNullElse(level, CheckLevel.FULL);
    }

    @Override
    public Priority priority() {
        return Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
