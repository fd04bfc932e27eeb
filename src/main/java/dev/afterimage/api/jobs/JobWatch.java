package dev.afterimage.api.jobs;

import static java.util.stream.Collectors.toSet;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Callers;
import dev.afterimage.api.http.EventStream;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.limits.Limits;
import dev.afterimage.problem.ProblemException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * Requests that wait for the end of a job, or follow it. One thread reads a job that has changed and shows it to all who watch it: so
 * what they see never goes back in time, and a job that changes faster than it can be read is shown as it is at last. A platform
 * thread, since the catalog's native calls would pin a virtual one.
 */
@Component
public class JobWatch implements SmartLifecycle {

    /** At shutdown: after the jobs had their grace time, before the web server waits for its requests. */
    public static final int PHASE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 512;

    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5);

    /** What a DeferredResult and an SseEmitter take for waiting without an end; a wait this short is answered at once instead. */
    private static final long NO_TIMEOUT = 0;

    /** Somebody who watches one job. No method blocks; each may be called when the answer has ended already. */
    sealed interface Watcher permits Wait, JobEventStream {

        void show(Job job);

        /** Whoever watches would not be let in any more. */
        void refuse();
    }

    private record Watching(UUID jobId, Caller caller, Watcher watcher) {}

    private final Jobs jobs;
    private final Limits limits;
    private final Callers callers;
    private final Set<Watching> all = ConcurrentHashMap.newKeySet();
    private final Set<UUID> toRead = ConcurrentHashMap.newKeySet();
    private volatile @Nullable PeriodicThread thread;

    JobWatch(Jobs jobs, JobFeed feed, Limits limits, Callers callers) {
        this.jobs = jobs;
        this.limits = limits;
        this.callers = callers;
        feed.onChange(this::changed);
    }

    /**
     * The job when it has ended, or as it is when the time is over or the service shuts down; the problem
     * UNAUTHENTICATED when the caller is not accepted any more.
     *
     * @throws ProblemException TOO_MANY_REQUESTS when too many wait already, and there is something to wait for
     */
    DeferredResult<JobJson> end(UUID id, Duration wait, Caller caller) {
        var answer = new DeferredResult<JobJson>(wait.toMillis(), () -> JobJson.of(jobs.get(id)));
        var job = jobs.get(id);
        if (job.state().ended() || wait.toMillis() == NO_TIMEOUT) {
            answer.setResult(JobJson.of(job));
            return answer;
        }
        var place = limits.waiting();
        var watching = new Watching(id, caller, new Wait(answer));
        answer.onCompletion(() -> {
            all.remove(watching);
            place.close();
        });
        begin(watching);
        if (thread == null) {
            answer.setResult(JobJson.of(job));
        }
        return answer;
    }

    /** A request that waits. It holds no thread. */
    private record Wait(DeferredResult<JobJson> answer) implements Watcher {

        @Override
        public void show(Job job) {
            if (job.state().ended()) {
                answer.setResult(JobJson.of(job));
            }
        }

        @Override
        public void refuse() {
            answer.setErrorResult(Callers.unknown(null));
        }
    }

    /**
     * Starts to follow a job by server-sent events, for as long as the caller is accepted. Each stream has a virtual thread, so that a
     * slow client keeps neither the job nor other clients waiting.
     *
     * @throws ProblemException JOB_NOT_FOUND when there is none of that id
     * @throws ProblemException TOO_MANY_REQUESTS when too many follow jobs
     */
    SseEmitter follow(UUID id, Caller caller) {
        jobs.get(id);
        var place = limits.following();
        var emitter = new SseEmitter(NO_TIMEOUT);
        var stream = new JobEventStream(emitter);
        var watching = new Watching(id, caller, stream);
        begin(watching);
        if (thread == null) {
            stream.close();
        }
        Thread.ofVirtual().name("job-events-" + id).start(() -> {
            try (place) {
                stream.run();
            } finally {
                all.remove(watching);
            }
        });
        return emitter;
    }

    /** Added first, read then: a change in between is seen by one or both of the reads. */
    private void begin(Watching watching) {
        all.add(watching);
        changed(watching.jobId());
    }

    private void changed(UUID id) {
        if (all.stream().anyMatch(watching -> watching.jobId().equals(id))) {
            readAfter(Duration.ZERO, id);
        }
    }

    private void readAfter(Duration pause, UUID id) {
        var present = thread;
        if (present != null && toRead.add(id)) {
            present.once(pause, () -> read(id));
        }
    }

    private void read(UUID id) {
        toRead.remove(id); // before it is read: what changes from here on is read once more
        try {
            var job = jobs.get(id);
            all.stream()
                    .filter(watching -> watching.jobId().equals(id))
                    .forEach(watching -> watching.watcher().show(job));
        } catch (RuntimeException e) {
            readAfter(PAUSE_AFTER_FAILURE, id); // the change may have been the last one
            throw e;
        }
    }

    /** Ends what is watched by those who would not be let in any more. */
    void refuseUnaccepted() {
        var unaccepted = all.stream()
                .map(Watching::caller)
                .distinct()
                .filter(caller -> !callers.accepts(caller))
                .collect(toSet());
        all.stream()
                .filter(watching -> unaccepted.contains(watching.caller()))
                .forEach(watching -> watching.watcher().refuse());
    }

    @Override
    public void start() {
        var started = new PeriodicThread("job-watch");
        started.every(EventStream.KEEP_ALIVE, this::refuseUnaccepted);
        thread = started;
    }

    /** Waits are answered with the job as it is; streams end, and their clients come again. */
    @Override
    public void stop() {
        var stopped = thread;
        thread = null;
        if (stopped != null) {
            stopped.interrupt();
        }
        for (var watching : all) {
            switch (watching.watcher()) {
                case Wait(var answer) -> answer.setResult(JobJson.of(jobs.get(watching.jobId())));
                case JobEventStream stream -> stream.close();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
