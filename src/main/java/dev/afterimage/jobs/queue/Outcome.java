package dev.afterimage.jobs.queue;

import dev.afterimage.problem.Problem;
import java.time.Instant;
import java.util.Map;

/** How a run of a job ended. Each reads as the end of a line in the log. */
public sealed interface Outcome {

    record Succeeded(Map<String, Object> result) implements Outcome {
        @Override
        public String toString() {
            return "SUCCEEDED " + result;
        }
    }

    record Failed(Problem problem) implements Outcome {
        @Override
        public String toString() {
            return "FAILED, " + problem.code() + ": " + problem.detail();
        }
    }

    record Cancelled() implements Outcome {
        @Override
        public String toString() {
            return "CANCELLED";
        }
    }

    /** An obstacle that passes by itself: the job waits in the queue and is tried again. */
    record Postponed(Instant until, Problem obstacle) implements Outcome {
        @Override
        public String toString() {
            return "to be tried again at " + until + ", " + obstacle.code() + ": " + obstacle.detail();
        }
    }

    /** The service shuts down: the job is queued again as if it had not begun. */
    record HandedBack() implements Outcome {
        @Override
        public String toString() {
            return "handed back to the queue";
        }
    }
}
