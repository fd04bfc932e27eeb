package dev.afterimage.api.jobs;

import dev.afterimage.jobs.queue.Job;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The newest that is known of one job. The threads that change a job tell of it after their transaction, so what they tell
 * may come in another order; what is older than what is known is passed over.
 */
public final class LatestJob {

    /** Each of these only grows as long as those before it stay what they are. */
    private static final Comparator<Job> AGE = Comparator.comparing(
                    (Job job) -> job.state().ended())
            .thenComparingInt(Job::attempt)
            .thenComparing(Job::runAt)
            .thenComparing(Job::state)
            .thenComparing(Job::cancelRequested)
            .thenComparing(job -> job.phase() != null);

    private record Phase(
            int attempt, Instant runAt, @Nullable String name) {

        static Phase of(Job job) {
            return new Phase(job.attempt(), job.runAt(), job.phase());
        }
    }

    private final Set<Phase> left = new HashSet<>();
    private @Nullable Job job;

    /** Only after something was learned. */
    public synchronized Job get() {
        return Objects.requireNonNull(job, "nothing is known of the job");
    }

    public synchronized void learn(Job told) {
        if (job == null) {
            job = told;
        } else if (!older(told, job)) {
            leave(Phase.of(job), Phase.of(told));
            job = told;
        }
    }

    private void leave(Phase before, Phase now) {
        if (!before.equals(now)) {
            left.add(before);
        }
    }

    private boolean older(Job told, Job job) {
        int age = AGE.compare(told, job);
        if (age != 0 || job.state().ended()) {
            return age <= 0;
        }
        return Objects.equals(told.phase(), job.phase())
                ? pagesDone(told) < pagesDone(job)
                : left.contains(Phase.of(told)); // no phase of a run comes twice
    }

    private static long pagesDone(Job job) {
        return job.progress() == null ? 0 : job.progress().pagesDone();
    }
}
