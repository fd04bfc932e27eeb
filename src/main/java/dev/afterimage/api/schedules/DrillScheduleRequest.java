package dev.afterimage.api.schedules;

import dev.afterimage.api.checks.AssertionJson;
import dev.afterimage.api.checks.DrillRequest;
import dev.afterimage.api.fields.CronText;
import dev.afterimage.api.fields.InvalidField;
import dev.afterimage.check.DrillChoice;
import dev.afterimage.schedule.Cron;
import dev.afterimage.schedule.Schedule;
import dev.afterimage.schedule.ScheduledWork;
import dev.afterimage.schedule.Timing;
import dev.afterimage.sqlite.check.CheckLevel;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Size;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.jspecify.annotations.Nullable;

/** When a drill is to be made, and how. */
@Schema(
        description = "When a drill is to be made, and how; all but `cron` may be left out",
        example = "{\"cron\": \"0 4 * * SUN\", \"zone\": \"Europe/Berlin\"}")
public record DrillScheduleRequest(
        @Schema(description = ScheduleRequest.CRON, example = "0 4 * * SUN") @NotNull @CronText
        String cron,

        @Schema(description = ScheduleRequest.ZONE, type = "string", defaultValue = "UTC", example = "Europe/Berlin")
        ZoneId zone,

        @Schema(description = ScheduleRequest.JITTER, type = "string", defaultValue = "0s", example = "5m")
        @DurationMin(millis = 0)
        @DurationMax(hours = 24)
        Duration jitter,

        @Schema(description = DrillRequest.SNAPSHOT, defaultValue = "LATEST")
        DrillChoice snapshot,

        @Schema(description = DrillRequest.VERIFY, defaultValue = "FULL")
        CheckLevel verify,

        @Schema(description = DrillRequest.FROM, example = "offsite") @Nullable
        String from,

        @ArraySchema(
                arraySchema = @Schema(description = DrillRequest.ASSERTIONS, defaultValue = "[]"),
                schema = @Schema(implementation = AssertionJson.class))
        @Size(max = AssertionJson.MOST)
        List<@Valid AssertionJson> assertions,

        @Schema(description = ScheduleRequest.PAUSED, defaultValue = "false")
        Boolean paused) {

    public DrillScheduleRequest {
        zone = Objects.requireNonNullElse(zone, ScheduleRequest.UTC);
        jitter = Objects.requireNonNullElse(jitter, Duration.ZERO);
        snapshot = Objects.requireNonNullElse(snapshot, DrillChoice.LATEST);
        verify = Objects.requireNonNullElse(verify, CheckLevel.FULL);
        assertions = List.copyOf(Objects.requireNonNullElse(assertions, List.of()));
        paused = Objects.requireNonNullElse(paused, false);
    }

    Schedule schedule() {
        if (snapshot == DrillChoice.MOMENT && from != null) {
            throw InvalidField.refused("from", "must be left out where a moment is restored");
        }
        return new Schedule(
                new Timing(Cron.parse(cron), zone, jitter, paused),
                new ScheduledWork.Drill(
                        snapshot,
                        verify,
                        from,
                        assertions.stream().map(AssertionJson::assertion).toList()));
    }
}
