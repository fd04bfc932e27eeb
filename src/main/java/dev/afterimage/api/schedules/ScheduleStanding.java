package dev.afterimage.api.schedules;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How far the schedule of a database has come; all null for the default schedule, which is of no certain one. */
record ScheduleStanding(
        @Nullable String database,
        @Nullable Instant nextRunAt,
        @Nullable ScheduleRunJson lastRun) {

    static final ScheduleStanding OF_DEFAULT = new ScheduleStanding(null, null, null);
}
