package dev.afterimage.jobs.queue;

import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Tells those who wait when a job changes. It carries what this process changed; the catalog stays the truth, so a
 * subscriber reads the job after it has subscribed, and misses nothing.
 */
@Component
public class JobFeed {

    private static final Logger log = LoggerFactory.getLogger(JobFeed.class);

    private final CopyOnWriteArrayList<Consumer<Job>> everyJob = new CopyOnWriteArrayList<>();
    private final Map<UUID, Set<Consumer<Job>>> oneJob = new ConcurrentHashMap<>();
    private final CopyOnWriteArrayList<Consumer<Job>> ends = new CopyOnWriteArrayList<>();

    /** A subscription; closing it ends it. */
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /** The listener runs on the thread that made the change: it must be quick and must not throw. */
    public Subscription subscribe(UUID jobId, Consumer<Job> listener) {
        oneJob.compute(
                jobId, (id, before) -> { // one step with the removal below, or a new listener could go with the old
                    var listeners = before == null ? ConcurrentHashMap.<Consumer<Job>>newKeySet() : before;
                    listeners.add(listener);
                    return listeners;
                });
        return () -> oneJob.computeIfPresent(jobId, (id, listeners) -> {
            listeners.remove(listener);
            return listeners.isEmpty() ? null : listeners;
        });
    }

    public void subscribe(Consumer<Job> listener) {
        everyJob.add(listener);
    }

    /**
     * The listener hears of every end inside the transaction that ends the job: what it writes to the catalog is committed with
     * the end, or neither is. When it throws, the job has not ended.
     */
    public void joinEnds(Consumer<Job> listener) {
        ends.add(listener);
    }

    /** Before the commit. A job that goes back to the queue has not ended. */
    void beforeCommit(Job job) {
        if (job.state().ended()) {
            ends.forEach(listener -> listener.accept(job));
        }
    }

    void publish(Job job) {
        everyJob.forEach(listener -> tell(listener, job));
        oneJob.getOrDefault(job.id(), Set.of()).forEach(listener -> tell(listener, job));
    }

    /** The change is committed: a listener that fails must not make it look undone, nor keep others from hearing of it. */
    private static void tell(Consumer<Job> listener, Job job) {
        try {
            listener.accept(job);
        } catch (RuntimeException e) {
            log.error("A listener failed to hear of job {}", job.id(), e);
        }
    }
}
