package dev.afterimage.api.schedules;

import dev.afterimage.schedule.ScheduleKind;
import dev.afterimage.schedule.ScheduleRuns.RunOfDatabase;
import io.swagger.v3.oas.annotations.media.Schema;

/** What became of a due time of one database among others, as answers have it. */
@Schema(name = "RunOfDatabase", description = "What became of a due time of a database")
record RunOfDatabaseJson(
        @Schema(example = "orders") String database,

        @Schema(description = "What was due", example = "BACKUP")
        ScheduleKind kind,

        ScheduleRunJson run) {

    static RunOfDatabaseJson of(RunOfDatabase one) {
        return new RunOfDatabaseJson(one.database(), one.run().kind(), ScheduleRunJson.of(one.run()));
    }
}
