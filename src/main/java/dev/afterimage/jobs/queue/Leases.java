package dev.afterimage.jobs.queue;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Stores the progress of running jobs, renews their leases, and takes back jobs whose lease has run out on a node that
 * died. It also deletes jobs that ended long ago.
 */
@Component
public class Leases extends PeriodicWork {

    private static final Logger log = LoggerFactory.getLogger(Leases.class);
    private static final Duration PROGRESS_EVERY = Duration.ofMillis(500);
    private static final Duration FORGET_EVERY = Duration.ofHours(1);

    /** Also for a service that is started anew each hour. */
    private static final Duration FORGET_FIRST = Duration.ofMinutes(1);

    private record Reported(
            @Nullable String phase, @Nullable Progress progress) {}

    private final JobClaims claims;
    private final Jobs jobs;
    private final RunningJobs running;
    private final Duration lease;
    private final Duration keep;
    private final Map<UUID, Reported> reported = new HashMap<>();

    public Leases(JobClaims claims, Jobs jobs, RunningJobs running, JobSettings settings) {
        super("job-leases");
        this.claims = claims;
        this.jobs = jobs;
        this.running = running;
        this.lease = settings.lease();
        this.keep = settings.keep();
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(PROGRESS_EVERY, this::storeProgress);
        thread.every(lease.dividedBy(3), this::keepLeases);
        thread.every(FORGET_EVERY, FORGET_FIRST, () -> jobs.forget(keep));
    }

    private void storeProgress() {
        var runs = running.all();
        reported.keySet().retainAll(runs.stream().map(run -> run.job().id()).toList());
        for (var run : runs) {
            var now = new Reported(run.phaseName(), run.progress());
            if (now.phase() != null && !now.equals(reported.put(run.job().id(), now))) {
                claims.progress(run.job(), now.phase(), now.progress());
            }
        }
    }

    private void keepLeases() {
        for (var run : running.all()) {
            if (!claims.renew(run.job()) && running.has(run)) { // else it has ended just now
                log.warn(
                        "Job {} was taken over by another node, it stops here",
                        run.job().id());
                run.handBack();
            }
        }
        claims.recover(true).forEach(job -> log.warn("Job {} lost its node, it is now {}", job.id(), job.state()));
    }

    /** Started before the workers and stopped after them: a job that uses its grace time still needs its lease. */
    @Override
    public int getPhase() {
        return DEFAULT_PHASE - 2;
    }
}
