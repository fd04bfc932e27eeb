package dev.afterimage.jobs;

import dev.afterimage.problem.ProblemException;
import dev.afterimage.restore.Restore;
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
    private final SnapshotRemoval removal;

    JobLeftovers(Restore restore, SnapshotRemoval removal) {
        this.restore = restore;
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

    /** Of a job that has ended because its process died. */
    void discard(Job job) {
        if (job.spec() instanceof JobSpec.Restore spec) {
            restore.discard(job.id(), spec.item().target());
        }
        if (job.spec() instanceof JobSpec.GroupRestore spec) {
            spec.items().forEach(item -> restore.discard(job.id(), item.target()));
        }
        if (job.state() == JobState.CANCELLED) {
            discardSnapshots(job.spec());
        }
    }
}
