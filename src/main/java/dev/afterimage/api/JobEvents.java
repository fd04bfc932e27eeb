package dev.afterimage.api;

import dev.afterimage.jobs.JobException;
import dev.afterimage.jobs.JobFeed;
import dev.afterimage.jobs.Jobs;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Clients that follow jobs by server-sent events. */
@Component
class JobEvents implements SmartLifecycle {

    private static final long NO_TIMEOUT = 0;

    private final Jobs jobs;
    private final JobFeed feed;
    private final Set<JobEventStream> streams = ConcurrentHashMap.newKeySet();
    private volatile boolean running;

    JobEvents(Jobs jobs, JobFeed feed) {
        this.jobs = jobs;
        this.feed = feed;
    }

    /**
     * Starts to follow a job. Each stream has a virtual thread, so that a slow client keeps neither the job nor other
     * clients waiting.
     *
     * @throws JobException.NotFound when there is none of that id
     */
    SseEmitter follow(UUID id) {
        var emitter = new SseEmitter(NO_TIMEOUT);
        var stream = new JobEventStream(emitter);
        // Subscribed first, read then, on the request's thread: a change in between is told by one or both of them.
        var subscription = feed.subscribe(id, stream::changed);
        try {
            stream.changed(jobs.get(id));
        } catch (RuntimeException e) {
            subscription.close();
            throw e;
        }
        streams.add(stream);
        if (!running) {
            stream.close();
        }
        Thread.ofVirtual().name("job-events-" + id).start(() -> {
            try (subscription) {
                stream.run();
            } finally {
                streams.remove(stream);
            }
        });
        return emitter;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        streams.forEach(JobEventStream::close);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return JobWaits.PHASE;
    }
}
