package dev.afterimage.jobs.queue;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;
import java.util.UUID;

/** What can be wrong with a request about jobs. */
public abstract sealed class JobException extends ProblemException {

    private JobException(ProblemCode code, String detail) {
        super(code, detail);
    }

    /** There is no such job. */
    public static final class NotFound extends JobException {
        NotFound(UUID id) {
            super(ProblemCode.JOB_NOT_FOUND, "There is no job %s".formatted(id));
        }
    }

    /** The job has ended, it cannot be cancelled any more. */
    public static final class Finished extends JobException {
        Finished(Job job) {
            super(ProblemCode.JOB_FINISHED, "Job %s has already %s".formatted(job.id(), job.state()));
        }
    }

    /** As many jobs of the caller wait as may. */
    public static final class TooManyQueued extends JobException {
        TooManyQueued(int limit) {
            super(
                    ProblemCode.TOO_MANY_REQUESTS,
                    "%d jobs that you submitted are QUEUED, and no more may".formatted(limit));
        }
    }

    /** As many jobs wait as may, whoever submitted them. */
    public static final class QueueFull extends JobException {
        QueueFull(int limit) {
            super(ProblemCode.SERVICE_BUSY, "%d jobs are QUEUED, and no more may".formatted(limit));
        }
    }

    /** Another version of the service has submitted it, and this one does not know what it is for. */
    public static final class Unreadable extends JobException {
        public Unreadable(Job job) {
            super(
                    ProblemCode.WRITTEN_BY_ANOTHER_VERSION,
                    "What job %s is to do cannot be read by this version".formatted(job.id()));
        }
    }

    /** The idempotency key belongs to a job that another request made. */
    public static final class IdempotencyMismatch extends JobException {
        private final UUID jobId;

        IdempotencyMismatch(String key, UUID jobId) {
            super(
                    ProblemCode.IDEMPOTENCY_MISMATCH,
                    "Idempotency-Key '%s' was used for job %s with another request".formatted(key, jobId));
            this.jobId = jobId;
        }

        public UUID jobId() {
            return jobId;
        }

        @Override
        protected Map<String, Object> properties() {
            return Map.of("job", jobId.toString());
        }
    }
}
