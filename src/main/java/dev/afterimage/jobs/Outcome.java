package dev.afterimage.jobs;

import dev.afterimage.problem.Problem;
import java.time.Instant;
import java.util.Map;

/** How a run of a job ended. */
sealed interface Outcome {

    record Succeeded(Map<String, Object> result) implements Outcome {}

    record Failed(Problem problem) implements Outcome {}

    record Cancelled() implements Outcome {}

    /** An obstacle that passes by itself: the job waits in the queue and is tried again. */
    record Postponed(Instant until, Problem obstacle) implements Outcome {}

    /** The service shuts down: the job is queued again as if it had not begun. */
    record HandedBack() implements Outcome {}
}
