package dev.afterimage.jobs;

import dev.afterimage.retention.PruneOrder;
import dev.afterimage.retention.RetentionPlans;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Submits a job now and then, when snapshots have to go by a policy or because they have expired. */
@Component
class PeriodicPrune implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(PeriodicPrune.class);

    /** A service that is started more often than it looks would never look. */
    private static final Duration AFTER_START = Duration.ofMinutes(1);

    private final RetentionPlans plans;
    private final Jobs jobs;
    private final JobSettings jobSettings;
    private final Duration interval;
    private @Nullable ScheduledExecutorService looks;

    PeriodicPrune(RetentionPlans plans, Jobs jobs, JobSettings jobSettings, PruneSettings settings) {
        this.plans = plans;
        this.jobs = jobs;
        this.jobSettings = jobSettings;
        this.interval = settings.interval();
    }

    @Override
    public void start() {
        var thread = Thread.ofPlatform().name("periodic-prune").daemon().factory();
        looks = Executors.newSingleThreadScheduledExecutor(thread);
        if (interval.isPositive()) {
            long first = Math.min(interval.toMillis(), AFTER_START.toMillis());
            looks.scheduleWithFixedDelay(this::look, first, interval.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void look() {
        try {
            submitWhenDue();
        } catch (RuntimeException e) { // a scheduled task that throws is never run again
            log.error("Looking for snapshots that have to go failed, it is tried again in {}", interval, e);
        }
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
    public void stop() {
        if (looks != null) {
            looks.shutdown();
            looks = null;
        }
    }

    @Override
    public boolean isRunning() {
        return looks != null;
    }
}
