package dev.afterimage.jobs.queue;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** The jobs that run in this process. */
@Component
public class RunningJobs {

    private final Map<UUID, RunningJob> running = new ConcurrentHashMap<>();

    public void add(RunningJob run) {
        running.put(run.job().id(), run);
    }

    public void remove(RunningJob run) {
        running.remove(run.job().id());
    }

    boolean has(RunningJob run) {
        return running.containsKey(run.job().id());
    }

    /** Ends the job as soon as it notices, if it runs in this process. */
    void cancel(UUID jobId) {
        var run = running.get(jobId);
        if (run != null) {
            run.cancel();
        }
    }

    public Collection<RunningJob> all() {
        return List.copyOf(running.values());
    }
}
