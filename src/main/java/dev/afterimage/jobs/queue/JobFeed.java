package dev.afterimage.jobs.queue;

import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Tells what this process has changed in the queue. Who wants to know what a job is by now reads it: the catalog is the truth, and
 * changes that follow each other closely may be told in another order.
 */
@Component
public class JobFeed {

    private static final Logger log = LoggerFactory.getLogger(JobFeed.class);

    private final CopyOnWriteArrayList<Consumer<UUID>> changes = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Runnable> claimable = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Consumer<Job>> ending = new CopyOnWriteArrayList<>();
    private final CopyOnWriteArrayList<Consumer<Job>> ends = new CopyOnWriteArrayList<>();

    /** The listener hears the id of each job that has changed, on the thread that changed it: it must be quick. */
    public void onChange(Consumer<UUID> listener) {
        changes.add(listener);
    }

    /** The listener hears when there may be something to claim: a job is new, or has freed its databases for others. */
    public void onClaimable(Runnable listener) {
        claimable.add(listener);
    }

    /** The listener hears of every end, after it is committed. */
    public void onEnd(Consumer<Job> listener) {
        ends.add(listener);
    }

    /**
     * The listener hears of every end inside the transaction that ends the job: what it writes to the catalog is committed with
     * the end, or neither is. When it throws, the job has not ended.
     */
    public void joinEnds(Consumer<Job> listener) {
        ending.add(listener);
    }

    /** Before the commit. A job that goes back to the queue has not ended. */
    void beforeCommit(Job job) {
        if (job.state().ended()) {
            ending.forEach(listener -> listener.accept(job));
        }
    }

    void publish(Job job) {
        changes.forEach(listener -> tell(job, () -> listener.accept(job.id())));
        if (job.state() != JobState.RUNNING) {
            claimable.forEach(listener -> tell(job, listener));
        }
        if (job.state().ended()) {
            ends.forEach(listener -> tell(job, () -> listener.accept(job)));
        }
    }

    /** The change is committed: a listener that fails must not make it look undone, nor keep others from hearing of it. */
    private static void tell(Job job, Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            log.error("A listener failed to hear of job {}", job.id(), e);
        }
    }
}
