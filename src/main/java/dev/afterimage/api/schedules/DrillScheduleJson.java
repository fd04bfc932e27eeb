package dev.afterimage.api.schedules;

import dev.afterimage.api.checks.AssertionJson;
import dev.afterimage.api.checks.DrillRequest;
import dev.afterimage.check.DrillChoice;
import dev.afterimage.schedule.Schedule;
import dev.afterimage.schedule.ScheduledWork;
import dev.afterimage.sqlite.check.CheckLevel;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** When drills of a database are made, as answers have it. */
@Schema(name = "DrillSchedule", description = "When drills of a database are made, and how")
record DrillScheduleJson(
        @Schema(example = "orders") @Nullable String database,
        @Schema(example = "0 4 * * SUN") String cron,
        @Schema(example = "Europe/Berlin") String zone,

        @Schema(type = "string", example = "PT5M") Duration jitter,

        DrillChoice snapshot,
        CheckLevel verify,

        @Schema(description = DrillRequest.FROM) @Nullable String from,

        @Schema(description = DrillRequest.ASSERTIONS) List<AssertionJson> assertions,

        boolean paused,

        @Schema(description = "When it is due next; null while it is paused") @Nullable
        Instant nextRunAt,

        @Schema(description = "Null before the first run") @Nullable
        ScheduleRunJson lastRun) {

    /** @param schedule of drills */
    static DrillScheduleJson of(Schedule schedule, ScheduleStanding standing) {
        var timing = schedule.timing();
        var work = (ScheduledWork.Drill) schedule.work();
        return new DrillScheduleJson(
                standing.database(),
                timing.cron().text(),
                timing.zone().getId(),
                timing.jitter(),
                work.choice(),
                work.level(),
                work.copy(),
                work.assertions().stream().map(AssertionJson::of).toList(),
                timing.paused(),
                standing.nextRunAt(),
                standing.lastRun());
    }
}
