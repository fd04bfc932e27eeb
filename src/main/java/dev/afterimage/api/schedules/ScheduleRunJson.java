package dev.afterimage.api.schedules;

import dev.afterimage.schedule.ScheduleRun;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What became of a due time, as answers have it. */
@Schema(name = "ScheduleRun", description = "What became of a due time")
record ScheduleRunJson(
        @Schema(description = "Of several that passed while the service was down, the first: they make one run")
        Instant dueAt,

        @Schema(
                description = "SUBMITTED: a job was made; SKIPPED: none; DUE: that is being decided",
                example = "SUBMITTED")
        ScheduleRun.State state,

        @Schema(
                description =
                        "Why it was SKIPPED: STILL_RUNNING, the job of the run before had not ended; UNCHANGED, nothing was"
                                + " committed since the newest snapshot; NO_SNAPSHOT, there is none for a drill to restore;"
                                + " REMOVED, the schedule is gone; REFUSED, no job could be made; null otherwise")
        ScheduleRun.@Nullable SkipReason reason,

        @Schema(description = "More about the reason; null without one") @Nullable
        String detail,

        @Schema(description = "The job that was SUBMITTED; null otherwise") @Nullable
        UUID jobId) {

    static ScheduleRunJson of(ScheduleRun run) {
        return new ScheduleRunJson(run.dueAt(), run.state(), run.reason(), run.detail(), run.jobId());
    }
}
