package dev.afterimage.jobs.queue;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;
import java.util.UUID;

/** The idempotency key belongs to a job that another request made. */
public final class IdempotencyMismatchException extends ProblemException {

    private final UUID jobId;

    IdempotencyMismatchException(String key, UUID jobId) {
        super(Problem.of(
                ProblemCode.IDEMPOTENCY_MISMATCH,
                "Idempotency-Key '%s' was used for job %s with another request".formatted(key, jobId),
                Map.of("job", jobId.toString())));
        this.jobId = jobId;
    }

    public UUID jobId() {
        return jobId;
    }
}
