package dev.afterimage.jobs.queue;

import dev.afterimage.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A queued unit of work.
 *
 * @param databases names of those concerned, sorted; none when it is about the whole repository
 * @param node that runs it: the name of this one, or the id of another
 * @param phase what it does at present; null when it does not run
 * @param runAt not before this time
 * @param startedAt when it first ran
 * @param attempt counts how often it was started over because the process that ran it died; from 1
 * @param progress of the phase
 * @param result what it made, once SUCCEEDED
 * @param problem why it FAILED; on a QUEUED job, why it has to be tried again
 */
public record Job(
        UUID id,
        JobSpec spec,
        List<String> databases,
        String node,
        JobState state,
        @Nullable String phase,
        Priority priority,
        Instant createdAt,
        Instant runAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        int attempt,
        boolean cancelRequested,
        @Nullable Progress progress,
        @Nullable Map<String, Object> result,
        @Nullable Problem problem) {

    public JobKind kind() {
        return spec.kind();
    }

    /** How long a job that has started may still wait for obstacles that pass by themselves; zero when the time is over. */
    public Duration remaining(Instant now) {
        var started = Objects.requireNonNull(startedAt, "a claimed job has started");
        var remaining = Duration.between(now, started.plus(spec.deadline()));
        if (remaining.isNegative()) {
            return Duration.ZERO;
        }
        return remaining.compareTo(spec.deadline()) > 0
                ? spec.deadline()
                : remaining; // it started under a clock that was ahead
    }
}
