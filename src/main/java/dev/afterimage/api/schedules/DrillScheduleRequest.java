package dev.afterimage.api.schedules;

import dev.afterimage.api.checks.DrillRequest;
import dev.afterimage.api.fields.CronText;
import dev.afterimage.api.fields.DurationText;
import dev.afterimage.api.fields.ZoneText;
import dev.afterimage.check.DrillChoice;
import dev.afterimage.schedule.Schedule;
import dev.afterimage.schedule.ScheduledWork;
import dev.afterimage.sqlite.check.CheckLevel;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.annotation.JsonDeserialize;

/** When a drill is to be made, and how. */
@Schema(
        description = "When a drill is to be made, and how; all but `cron` may be left out",
        example = "{\"cron\": \"0 4 * * SUN\", \"zone\": \"Europe/Berlin\"}")
public record DrillScheduleRequest(
        @Schema(description = ScheduleRequest.CRON, example = "0 4 * * SUN") @NotNull @CronText
        String cron,

        @Schema(description = ScheduleRequest.ZONE, type = "string", defaultValue = "UTC", example = "Europe/Berlin")
        @JsonDeserialize(using = ZoneText.class)
        @Nullable
        ZoneId zone,

        @Schema(description = ScheduleRequest.JITTER, type = "string", defaultValue = "0s", example = "5m")
        @JsonDeserialize(using = DurationText.class)
        @DurationMin(millis = 0)
        @DurationMax(hours = 24)
        @Nullable
        Duration jitter,

        @Schema(description = DrillRequest.SNAPSHOT, defaultValue = "NEWEST") @Nullable
        DrillChoice snapshot,

        @Schema(description = DrillRequest.VERIFY, defaultValue = "FULL") @Nullable
        CheckLevel verify,

        @Schema(description = ScheduleRequest.PAUSED, defaultValue = "false") @Nullable
        Boolean paused) {

    Schedule schedule() {
        var work = new ScheduledWork.Drill(
                Objects.requireNonNullElse(snapshot, DrillChoice.NEWEST),
                Objects.requireNonNullElse(verify, CheckLevel.FULL));
        return new Schedule(ScheduleRequest.timing(cron, zone, jitter, paused), work);
    }
}
