package dev.afterimage.jobs.work;

import dev.afterimage.catalog.CatalogFailure;
import dev.afterimage.catalog.HomeFullException;
import dev.afterimage.check.Quarantines;
import dev.afterimage.jobs.metrics.JobSpans;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobClaims;
import dev.afterimage.jobs.queue.Outcome;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Runs one job, and judges from what comes of it how the run ended, and whether the job is tried again. */
@Component
class JobRunner {

    private static final Logger log = LoggerFactory.getLogger(JobRunner.class);

    /** Problems that pass by themselves. */
    private static final Set<ProblemCode> OBSTACLES = EnumSet.of(
            ProblemCode.SOURCE_LOCKED,
            ProblemCode.TARGET_IN_USE,
            ProblemCode.BACKUP_INTERRUPTED,
            ProblemCode.STORAGE_UNREACHABLE);

    /** How long a worker itself waits for an obstacle before the job goes back to the queue and others get their turn. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration SHORTEST_POSTPONEMENT = Duration.ofSeconds(1);

    private final JobWork work;
    private final BackupHooks hooks;
    private final JobLeftovers leftovers;
    private final Quarantines quarantines;
    private final JobSpans spans;
    private final Clock clock;

    JobRunner(
            JobWork work,
            BackupHooks hooks,
            JobLeftovers leftovers,
            Quarantines quarantines,
            JobSpans spans,
            Clock clock) {
        this.work = work;
        this.hooks = hooks;
        this.leftovers = leftovers;
        this.quarantines = quarantines;
        this.spans = spans;
        this.clock = clock;
    }

    Outcome run(RunningJob run) {
        return spans.around(run, () -> afterHooks(run, outcomeOrDefect(run)));
    }

    private Outcome outcomeOrDefect(RunningJob run) {
        try {
            return outcome(run);
        } catch (Throwable e) { // an Error too: a job must not stay RUNNING because its worker broke
            var failure = CatalogFailure.of(e);
            if (failure.isPresent()) {
                return postponed(run.job(), failure.get());
            }
            log.error("Job {} met a defect", run.job().id(), e);
            var detail = "The service met a defect; its log tells more under the id of this job";
            return new Outcome.Failed(Problem.of(ProblemCode.INTERNAL_ERROR, detail));
        }
    }

    private Outcome outcome(RunningJob run) {
        try {
            hooks.begin(run);
            work.requireRepository(run.job().spec());
            hooks.before(run);
            return new Outcome.Succeeded(work.perform(run, patience(run.job())));
        } catch (CancellationException stopped) {
            return stopped(run);
        } catch (ProblemException e) {
            quarantines.met(e);
            var problem = run.told(e.problem());
            return OBSTACLES.contains(e.code()) || e instanceof HomeFullException
                    ? postponed(run.job(), problem)
                    : new Outcome.Failed(problem);
        }
    }

    private Outcome stopped(RunningJob run) {
        var outcome = run.stopped();
        if (outcome instanceof Outcome.Cancelled) {
            leftovers.discardSnapshots(run.job().spec());
        }
        return outcome;
    }

    private Outcome afterHooks(RunningJob run, Outcome outcome) {
        try {
            return hooks.after(run, outcome);
        } catch (RuntimeException e) { // such as a catalog that cannot be read: what the job did is done
            log.error("The hooks after job {} did not run", run.job().id(), e);
            return outcome;
        }
    }

    /** Settles what a job left whose process died. */
    void settle(Job job) {
        leftovers.settle(job);
    }

    /** Settles what ended jobs left that could not undo what they had begun. */
    void settleEnded() {
        leftovers.settleEnded();
    }

    private Duration patience(Job job) {
        var remaining = job.remaining(clock.instant());
        return remaining.compareTo(PATIENCE) < 0 ? remaining : PATIENCE;
    }

    /** Tried again after waits that grow with the time spent so far, the last time shortly before the deadline. */
    private Outcome postponed(Job job, Problem obstacle) {
        var now = clock.instant();
        var remaining = job.remaining(now);
        if (remaining.isZero()) {
            return new Outcome.Failed(obstacle);
        }
        var elapsed = job.spec().deadline().minus(remaining);
        var wait = elapsed.dividedBy(2);
        wait = wait.compareTo(SHORTEST_POSTPONEMENT) < 0 ? SHORTEST_POSTPONEMENT : wait;
        wait = wait.compareTo(JobClaims.LONGEST_POSTPONEMENT) > 0 ? JobClaims.LONGEST_POSTPONEMENT : wait;
        wait = wait.compareTo(remaining.dividedBy(2)) > 0 ? remaining.dividedBy(2) : wait;
        return new Outcome.Postponed(now.plus(wait), obstacle);
    }
}
