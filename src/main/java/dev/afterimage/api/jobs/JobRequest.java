package dev.afterimage.api.jobs;

import dev.afterimage.jobs.queue.Priority;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What every request that makes a job says about the job itself. */
public interface JobRequest {

    String PRIORITY = "Which of the waiting jobs runs first";

    String DEADLINE = "How long the job may wait for obstacles that pass by themselves, such as a locked database, at"
            + " most 24h; default afterimage.jobs.deadline";

    Priority priority();

    @Nullable
    Duration deadline();
}
