package dev.afterimage.retention;

import dev.afterimage.lifecycle.StartStep;
import dev.afterimage.problem.ProblemException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Finishes, before any job runs, what a crash left in the repository: interrupted deletions, layers without a manifest,
 * half-written objects. What fails is tried again at the next start; nothing else depends on it.
 */
@Component
class StartSweep extends StartStep {

    private static final Logger log = LoggerFactory.getLogger(StartSweep.class);

    private final SnapshotRemoval removal;
    private final Sweep sweep;

    StartSweep(SnapshotRemoval removal, Sweep sweep) {
        super(1); // after it was looked whether the repository is there
        this.removal = removal;
        this.sweep = sweep;
    }

    @Override
    protected void take() {
        attempt("Completing interrupted deletions", this::completeDeletions);
        attempt("Sweeping the repository", this::sweep);
    }

    private static void attempt(String what, Runnable work) {
        try {
            work.run();
        } catch (ProblemException e) {
            log.warn("{} failed, the next start tries again: {}", what, e.getMessage());
        }
    }

    private void completeDeletions() {
        int completed = removal.completeInterrupted();
        if (completed > 0) {
            log.info("Completed {} interrupted deletions of snapshots", completed);
        }
    }

    private void sweep() {
        var swept = sweep.all(null);
        if (swept.bytes() > 0) {
            log.info("Layers without a manifest have {} bytes, which are free after the grace", swept.bytes());
        }
        if (!swept.skipped().isEmpty()) {
            log.warn("Databases of which manifests are missing or cannot be read, nothing swept: {}", swept.skipped());
        }
    }
}
