package dev.afterimage.api.checks;

import dev.afterimage.api.fields.DurationText;
import dev.afterimage.api.jobs.JobRequest;
import dev.afterimage.check.DrillChoice;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.sqlite.check.CheckLevel;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/** A request for a drill; every field may be left out. */
@Schema(
        description = "How to make a drill; every field may be left out, and so may the body",
        example = "{\"snapshot\": \"NEWEST\"}")
public record DrillRequest(
        @Schema(description = SNAPSHOT, defaultValue = "NEWEST") @Nullable
        DrillChoice snapshot,

        @Schema(description = VERIFY, defaultValue = "FULL") @Nullable
        CheckLevel verify,

        @Schema(description = "Which of the waiting jobs runs first", defaultValue = "NORMAL") @Nullable
        Priority priority,

        @Schema(description = DEADLINE, example = "10m", type = "string")
        @JsonDeserialize(using = DurationText.class)
        @DurationMin(millis = 1)
        @DurationMax(hours = 24)
        @Nullable
        Duration deadline)
        implements JobRequest {

    public static final String SNAPSHOT = "Which of the available snapshots is restored";
    public static final String VERIFY =
            "How the restored file is checked: FULL is integrity_check and foreign_key_check, QUICK is quick_check";

    static final DrillRequest DEFAULT = new DrillRequest(null, null, null, null);

    @Override
    public DrillChoice snapshot() {
        return Objects.requireNonNullElse(snapshot, DrillChoice.NEWEST);
    }

    @Override
    public CheckLevel verify() {
        return Objects.requireNonNullElse(verify, CheckLevel.FULL);
    }

    @Override
    public Priority priority() {
        return Objects.requireNonNullElse(priority, Priority.NORMAL);
    }
}
