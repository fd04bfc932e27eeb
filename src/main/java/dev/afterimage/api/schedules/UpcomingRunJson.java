package dev.afterimage.api.schedules;

import dev.afterimage.schedule.ScheduleKind;
import dev.afterimage.schedule.UpcomingRuns.UpcomingRun;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;

/** When a schedule is due next, as answers have it. */
@Schema(name = "UpcomingRun", description = "When a schedule of a database is due next")
public record UpcomingRunJson(
        @Schema(example = "orders") String database,

        @Schema(description = "What is due", example = "BACKUP")
        ScheduleKind kind,

        @Schema(description = "May have come already: then it is about to be dealt with")
        Instant dueAt,

        @Schema(description = "That of the schedule, by whose clocks it is due", example = "Europe/Berlin")
        String zone) {

    public static UpcomingRunJson of(UpcomingRun run) {
        return new UpcomingRunJson(run.database(), run.kind(), run.dueAt(), run.zone());
    }
}
