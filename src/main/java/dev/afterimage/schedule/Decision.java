package dev.afterimage.schedule;

import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.schedule.ScheduleRun.SkipReason;

/** What is to become of a run. */
sealed interface Decision {

    /** A job is made. */
    record Submit(JobSpec spec) implements Decision {}

    /** None is made. */
    record Skip(SkipReason reason, String detail) implements Decision {}
}
