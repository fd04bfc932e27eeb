package dev.afterimage.api.jobs;

import dev.afterimage.access.Caller;
import dev.afterimage.jobs.queue.JobException;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.limits.LimitException;
import dev.afterimage.limits.Limits;
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
    private final Limits limits;
    private final LastingAnswers lasting;
    private final Set<JobEventStream> streams = ConcurrentHashMap.newKeySet();
    private volatile boolean running;

    JobEvents(Jobs jobs, JobFeed feed, Limits limits, LastingAnswers lasting) {
        this.jobs = jobs;
        this.feed = feed;
        this.limits = limits;
        this.lasting = lasting;
    }

    /**
     * Starts to follow a job, for as long as the caller is accepted. Each stream has a virtual thread, so that a slow client
     * keeps neither the job nor other clients waiting.
     *
     * @throws JobException.NotFound when there is none of that id
     * @throws LimitException when too many follow jobs
     */
    SseEmitter follow(UUID id, Caller caller) {
        var place = limits.following();
        var emitter = new SseEmitter(NO_TIMEOUT);
        var stream = new JobEventStream(emitter);
        // Subscribed first, read then, on the request's thread: a change in between is told by one or both of them.
        var subscription = feed.subscribe(id, stream::changed);
        try {
            stream.changed(jobs.get(id));
        } catch (RuntimeException e) {
            subscription.close();
            place.close();
            throw e;
        }
        var answer = lasting.add(caller, stream::close);
        streams.add(stream);
        if (!running) {
            stream.close();
        }
        Thread.ofVirtual().name("job-events-" + id).start(() -> {
            try (place;
                    subscription;
                    answer) {
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
