package dev.afterimage.jobs.work;

import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobSettings;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.retention.RetentionPlans;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Submits a job now and then, when snapshots have to go by a policy or because they have expired. */
@Component
public class PeriodicPrune extends PeriodicWork {

    /** A service that is started more often than it looks would never look. */
    private static final Duration AFTER_START = Duration.ofMinutes(1);

    private final RetentionPlans plans;
    private final Jobs jobs;
    private final JobSettings jobSettings;
    private final Duration interval;
    private final Clock clock;
    private volatile @Nullable Instant nextLookAt;

    PeriodicPrune(RetentionPlans plans, Jobs jobs, JobSettings jobSettings, PruneSettings settings, Clock clock) {
        super("periodic-prune");
        this.plans = plans;
        this.jobs = jobs;
        this.jobSettings = jobSettings;
        this.interval = settings.interval();
        this.clock = clock;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        if (interval.isPositive()) {
            var first = interval.compareTo(AFTER_START) < 0 ? interval : AFTER_START;
            nextLookAt = in(first);
            thread.every(interval, first, this::look);
        }
    }

    private void look() {
        try {
            submitWhenDue();
        } finally {
            nextLookAt = in(interval);
        }
    }

    private Instant in(Duration time) {
        return clock.instant().plus(time).truncatedTo(ChronoUnit.MILLIS);
    }

    /** When it looks again, about; null for never. */
    public @Nullable Instant nextLookAt() {
        return nextLookAt;
    }

    /** Submits one job for all databases; none when nothing has to go, or such a job waits or runs already. */
    void submitWhenDue() {
        boolean pending = jobs.count(JobKind.PRUNE, JobState.QUEUED) + jobs.count(JobKind.PRUNE, JobState.RUNNING) > 0;
        if (!pending && plans.anyDue()) {
            var spec = new JobSpec.Prune(PruneOrder.ofAllThatIsDue(), jobSettings.deadline());
            jobs.submit(new Submission(spec, List.of(), Priority.LOW, null, null));
        }
    }

    @Override
    protected void end(PeriodicThread thread) {
        thread.end(Duration.ZERO);
        nextLookAt = null;
    }
}
