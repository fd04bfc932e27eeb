package dev.afterimage.api.schedules;

import dev.afterimage.api.fields.CronText;
import dev.afterimage.api.fields.Labels;
import dev.afterimage.backup.Method;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.schedule.Cron;
import dev.afterimage.schedule.Schedule;
import dev.afterimage.schedule.ScheduledWork;
import dev.afterimage.schedule.Timing;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import java.util.Objects;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** When a database is to be backed up, and how. */
@Schema(
        description = "When a database is to be backed up, and how; all but `cron` may be left out",
        example = "{\"cron\": \"30 2 * * *\", \"zone\": \"Europe/Berlin\", \"jitter\": \"5m\"}")
public record ScheduleRequest(
        @Schema(description = CRON, example = "30 2 * * *", types = "string") @NotNull @CronText
        String cron,

        @Schema(description = ZONE, type = "string", defaultValue = "UTC", example = "Europe/Berlin")
        ZoneId zone,

        @Schema(description = JITTER, type = "string", defaultValue = "0s", example = "5m")
        @DurationMin(millis = 0)
        @DurationMax(hours = 24)
        Duration jitter,

        @Schema(description = "As of a backup that is asked for", defaultValue = "AUTO")
        Method method,

        @Schema(description = "As of a backup that is asked for", defaultValue = "AUTO")
        VerifyLevel verify,

        @Schema(description = PAUSED, defaultValue = "false")
        Boolean paused,

        @Schema(
                description =
                        "Whether to make no snapshot while nothing was committed since the newest one. That can be told,"
                                + " without reading the database, of snapshots that SCAN took, or FILESYSTEM_SNAPSHOT under a lock. They must have been proven as"
                                + " far as `verify` wants it, by AUTO with a FULL check that is not too long ago",
                defaultValue = "false")
        Boolean skipUnchanged,

        @Schema(description = "Labels of the snapshots", defaultValue = "{}", example = "{\"reason\": \"nightly\"}")
        @Labels
        Map<String, String> labels) {

    static final ZoneId UTC = ZoneId.of("UTC");
    static final String CRON =
            "Minute, hour, day of month, month, day of week; or with the second before them; or @hourly,"
                    + " @daily, @weekly, @monthly, @yearly";
    static final String ZONE = "Time zone of the wall clock that `cron` is about";
    static final String JITTER =
            "Each database is due by a time of its own later, always the same one, less than this; at most"
                    + " 24h. So a default schedule does not start all backups in the same second";
    static final String PAUSED = "Whether it is kept, but never due";

    public ScheduleRequest {
        zone = Objects.requireNonNullElse(zone, UTC);
        jitter = Objects.requireNonNullElse(jitter, Duration.ZERO);
        method = Objects.requireNonNullElse(method, Method.AUTO);
        verify = Objects.requireNonNullElse(verify, VerifyLevel.AUTO);
        paused = Objects.requireNonNullElse(paused, false);
        skipUnchanged = Objects.requireNonNullElse(skipUnchanged, false);
        labels = Objects.requireNonNullElse(labels, Map.of());
    }

    Schedule schedule() {
        return new Schedule(
                new Timing(Cron.parse(cron), zone, jitter, paused),
                new ScheduledWork.Backup(method, verify, skipUnchanged, labels));
    }
}
