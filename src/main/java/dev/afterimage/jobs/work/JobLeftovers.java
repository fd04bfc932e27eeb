package dev.afterimage.jobs.work;

import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.restore.Restore;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.Restored;
import dev.afterimage.retention.SnapshotRemoval;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Removes what jobs leave outside of staging that will not run again. */
@Component
class JobLeftovers {

    private static final Logger log = LoggerFactory.getLogger(JobLeftovers.class);

    private final Restore restore;
    private final RestoredTargets targets;
    private final SafetySnapshots safetySnapshots;
    private final SnapshotRemoval removal;

    JobLeftovers(Restore restore, RestoredTargets targets, SafetySnapshots safetySnapshots, SnapshotRemoval removal) {
        this.restore = restore;
        this.targets = targets;
        this.safetySnapshots = safetySnapshots;
        this.removal = removal;
    }

    /** Of a cancelled job: the snapshots that it has made. */
    void discardSnapshots(JobSpec spec) {
        spec.makes().forEach(this::discardSnapshot);
    }

    private void discardSnapshot(UUID snapshotId) {
        try {
            removal.discard(snapshotId);
        } catch (ProblemException e) { // it is marked as deleted, and the next start completes the deletion
            log.warn("Snapshot {} of a cancelled backup could not be deleted", snapshotId, e);
        }
    }

    /** Of a job whose process died, be it over or to be run again. */
    void settle(Job job) {
        job.spec().restores().forEach(item -> settle(job, item));
        if (job.state() == JobState.CANCELLED) {
            discardSnapshots(job.spec());
        }
    }

    /** At once, and not when it runs again: until then a file that was being replaced may have no place at all. */
    private void settle(Job job, RestoreItem item) {
        settleTarget(job, item);
        if (item.safetySnapshot() && targets.safetySnapshot(job.id(), item).isEmpty()) {
            safetySnapshots.discardAll(item, job);
        }
    }

    /** Of jobs that have ended and could not undo what they had begun: the file system may let us by now. */
    void settleEnded() {
        for (var job : targets.unsettled()) {
            for (var item : job.spec().restores()) {
                if (settleTarget(job, item) && targets.result(job.id(), item).isEmpty()) {
                    targets.forget(job.id(), item);
                }
            }
        }
    }

    private boolean settleTarget(Job job, RestoreItem item) {
        try {
            restore.settle(job.id(), item.target()).ifPresent(restored -> noteThatItIsDone(job, item, restored));
            // Dying here leaves a file with two names; before, one whose restore would be taken for undone.
            restore.tidy(job.id(), item.target());
            return true;
        } catch (ProblemException e) { // such as an unmounted directory; a next attempt, or start, tries again
            log.warn(
                    "What job {} left at {} could not be settled",
                    job.id(),
                    item.target().path(),
                    e);
            return false;
        }
    }

    private void noteThatItIsDone(Job job, RestoreItem item, Restored restored) {
        if (targets.result(job.id(), item).isEmpty()) {
            targets.changed(
                    job.id(),
                    item,
                    RestoreResult.ofDeadAttempt(item, restored, targets.safetySnapshot(job.id(), item)));
        }
    }
}
