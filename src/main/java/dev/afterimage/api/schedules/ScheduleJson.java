package dev.afterimage.api.schedules;

import dev.afterimage.api.databases.DatabaseJson;
import dev.afterimage.backup.Method;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.schedule.Schedule;
import dev.afterimage.schedule.ScheduledWork;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When a database is backed up, as answers have it. */
@Schema(name = "Schedule", description = "When a database is backed up, and how")
record ScheduleJson(
        @Schema(description = "Null of the default schedule", example = "orders") @Nullable
        String database,

        @Schema(description = "Whether it is the default, because the database has none of its own")
        boolean inherited,

        @Schema(example = "30 2 * * *") String cron,
        @Schema(example = "Europe/Berlin") String zone,

        @Schema(type = "string", example = "PT5M") Duration jitter,

        Method method,
        VerifyLevel verify,
        boolean paused,
        boolean skipUnchanged,

        @Schema(example = "{\"reason\": \"nightly\"}") Map<String, String> labels,

        @Schema(description = "When it is due next; null of the default schedule, and while it is paused") @Nullable
        Instant nextRunAt,

        @Schema(description = "Null of the default schedule, and before the first run") @Nullable
        ScheduleRunJson lastRun) {

    /** @param schedule of backups */
    static ScheduleJson of(Schedule schedule, ScheduleStanding standing) {
        var work = (ScheduledWork.Backup) schedule.work();
        var timing = schedule.timing();
        return new ScheduleJson(
                standing.database(),
                schedule.inherited(),
                timing.cron().text(),
                timing.zone().getId(),
                timing.jitter(),
                work.method(),
                work.verify(),
                timing.paused(),
                work.skipUnchanged(),
                work.labels(),
                standing.nextRunAt(),
                standing.lastRun());
    }

    static String path(String database) {
        return DatabaseJson.path(database) + "/schedule";
    }
}
