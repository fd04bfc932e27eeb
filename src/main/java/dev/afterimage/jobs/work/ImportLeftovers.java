package dev.afterimage.jobs.work;

import dev.afterimage.backup.ImportFiles;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.lifecycle.StartStep;
import dev.afterimage.problem.ProblemException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Discards files that were received to be imported: each when its job has ended, however it did, and at a start those that no
 * job needs, because the process died before there was one, or between its end and here.
 */
@Component
class ImportLeftovers extends StartStep {

    private static final Logger log = LoggerFactory.getLogger(ImportLeftovers.class);

    private final ImportFiles files;
    private final Jobs jobs;

    ImportLeftovers(ImportFiles files, Jobs jobs, JobFeed feed) {
        super(2); // before requests, which may receive files, and workers, which end the jobs of dead processes
        this.files = files;
        this.jobs = jobs;
        feed.onEnd(this::discard);
    }

    private void discard(Job job) {
        if (job.spec() instanceof JobSpec.Import spec) {
            files.discard(spec.plan().snapshotId());
        }
    }

    @Override
    protected void take() {
        var needed = jobs.unfinished(JobKind.IMPORT).stream()
                .flatMap(job -> job.spec() instanceof JobSpec.Import spec ? Stream.of(spec) : Stream.empty())
                .map(spec -> spec.plan().snapshotId())
                .collect(Collectors.toSet());
        try {
            files.discardAllBut(needed);
        } catch (ProblemException e) { // they take room, and no more: no reason not to start
            log.warn("Files that were received for imports could not be deleted, the next start tries again", e);
        }
    }
}
