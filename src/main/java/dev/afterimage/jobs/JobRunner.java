package dev.afterimage.jobs;

import dev.afterimage.backup.Backup;
import dev.afterimage.check.Check;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.restore.Restore;
import dev.afterimage.restore.RestorePlan;
import dev.afterimage.retention.SnapshotRemoval;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Runs one job: from its spec to its use case, and from what comes of it to an outcome. */
@Component
class JobRunner {

    private static final Logger log = LoggerFactory.getLogger(JobRunner.class);

    /** Problems that pass by themselves. */
    private static final Set<ProblemCode> OBSTACLES =
            EnumSet.of(ProblemCode.SOURCE_LOCKED, ProblemCode.BACKUP_INTERRUPTED, ProblemCode.STORAGE_UNREACHABLE);

    /** How long a worker itself waits for an obstacle before the job goes back to the queue and others get their turn. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final Duration SHORTEST_POSTPONEMENT = Duration.ofSeconds(1);
    private static final Duration LONGEST_POSTPONEMENT = Duration.ofSeconds(15);

    private final Backup backup;
    private final Check check;
    private final Restore restore;
    private final SnapshotRemoval removal;
    private final Clock clock;

    JobRunner(Backup backup, Check check, Restore restore, SnapshotRemoval removal, Clock clock) {
        this.backup = backup;
        this.check = check;
        this.restore = restore;
        this.removal = removal;
        this.clock = clock;
    }

    Outcome run(RunningJob run) {
        try {
            return outcome(run);
        } catch (Throwable e) { // an Error too: a job must not stay RUNNING because its worker broke
            log.error("Job {} met a defect", run.job().id(), e);
            var detail = "The service met a defect; its log tells more under the id of this job";
            return new Outcome.Failed(Problem.of(ProblemCode.INTERNAL_ERROR, detail));
        }
    }

    private Outcome outcome(RunningJob run) throws IOException {
        try {
            Files.createDirectories(run.staging());
            return new Outcome.Succeeded(perform(run));
        } catch (CancellationException stopped) {
            return stopped(run);
        } catch (ProblemException e) {
            return OBSTACLES.contains(e.code()) ? postponed(run.job(), e.problem()) : new Outcome.Failed(e.problem());
        }
    }

    private Outcome stopped(RunningJob run) {
        var outcome = run.stopped();
        if (outcome instanceof Outcome.Cancelled && run.job().spec() instanceof JobSpec.Backup spec) {
            discardSnapshot(spec);
        }
        return outcome;
    }

    private void discardSnapshot(JobSpec.Backup spec) {
        try {
            removal.discard(spec.plan().snapshotId());
        } catch (ProblemException e) { // it is marked as deleted, and the next start completes the deletion
            log.warn(
                    "Snapshot {} of a cancelled backup could not be deleted",
                    spec.plan().snapshotId(),
                    e);
        }
    }

    private Map<String, Object> perform(RunningJob run) {
        return switch (run.job().spec()) {
            case JobSpec.Backup spec -> {
                var snapshot = backup.run(spec.databaseId(), spec.plan(), patience(run.job()), run.staging(), run);
                spec.verify().level().ifPresent(level -> check.run(snapshot.id(), level, run.staging(), run));
                yield Map.of("snapshotId", snapshot.id().toString());
            }
            case JobSpec.Check spec -> {
                var result = check.run(spec.snapshotId(), spec.level(), run.staging(), run);
                yield Map.of(
                        "snapshotId",
                        spec.snapshotId().toString(),
                        "checkId",
                        result.id().toString());
            }
            case JobSpec.Restore spec -> {
                var restored = restore.toNewFile(plan(run.job(), spec), run);
                var result = new LinkedHashMap<String, Object>(
                        Map.of("path", restored.path().toString()));
                if (restored.sha256() != null) {
                    result.put("sha256", restored.sha256());
                }
                yield result;
            }
        };
    }

    private static RestorePlan plan(Job job, JobSpec.Restore spec) {
        return new RestorePlan(
                job.id(), spec.snapshotId(), spec.target(), spec.verify().level());
    }

    /** Removes what a job that will not run again left outside of staging when its process died. */
    void discard(Job job) {
        switch (job.spec()) {
            case JobSpec.Restore spec -> restore.discard(job.id(), spec.target());
            case JobSpec.Backup spec -> {
                if (job.state() == JobState.CANCELLED) {
                    discardSnapshot(spec);
                }
            }
            case JobSpec.Check check -> {}
        }
    }

    private Duration patience(Job job) {
        var remaining = Duration.between(clock.instant(), deadline(job));
        return remaining.isNegative() ? Duration.ZERO : remaining.compareTo(PATIENCE) < 0 ? remaining : PATIENCE;
    }

    /** Tried again after waits that grow with the time spent so far, the last time shortly before the deadline. */
    private Outcome postponed(Job job, Problem obstacle) {
        var now = clock.instant();
        var remaining = Duration.between(now, deadline(job));
        if (remaining.isNegative() || remaining.isZero()) {
            return new Outcome.Failed(obstacle);
        }
        var elapsed = job.spec().deadline().minus(remaining);
        var wait = elapsed.dividedBy(2);
        wait = wait.compareTo(SHORTEST_POSTPONEMENT) < 0 ? SHORTEST_POSTPONEMENT : wait;
        wait = wait.compareTo(LONGEST_POSTPONEMENT) > 0 ? LONGEST_POSTPONEMENT : wait;
        wait = wait.compareTo(remaining.dividedBy(2)) > 0 ? remaining.dividedBy(2) : wait;
        return new Outcome.Postponed(now.plus(wait), obstacle);
    }

    private static Instant deadline(Job job) {
        return Objects.requireNonNull(job.startedAt(), "a claimed job has started")
                .plus(job.spec().deadline());
    }
}
