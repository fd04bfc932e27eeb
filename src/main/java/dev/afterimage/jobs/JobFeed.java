package dev.afterimage.jobs;

import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/**
 * Tells those who wait when a job changes. It carries what this process changed; the catalog stays the truth, so a
 * subscriber reads the job after it has subscribed, and misses nothing.
 */
@Component
public class JobFeed {

    private final CopyOnWriteArrayList<Consumer<Job>> everyJob = new CopyOnWriteArrayList<>();
    private final Map<UUID, Set<Consumer<Job>>> oneJob = new ConcurrentHashMap<>();

    /** A subscription; closing it ends it. */
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /** The listener runs on the thread that made the change: it must be quick and must not throw. */
    public Subscription subscribe(UUID jobId, Consumer<Job> listener) {
        oneJob.computeIfAbsent(jobId, id -> ConcurrentHashMap.newKeySet()).add(listener);
        return () -> oneJob.computeIfPresent(jobId, (id, listeners) -> {
            listeners.remove(listener);
            return listeners.isEmpty() ? null : listeners;
        });
    }

    void subscribe(Consumer<Job> listener) {
        everyJob.add(listener);
    }

    void publish(Job job) {
        everyJob.forEach(listener -> listener.accept(job));
        oneJob.getOrDefault(job.id(), Set.of()).forEach(listener -> listener.accept(job));
    }
}
