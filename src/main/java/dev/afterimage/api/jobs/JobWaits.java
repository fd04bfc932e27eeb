package dev.afterimage.api.jobs;

import dev.afterimage.access.Caller;
import dev.afterimage.access.UnauthenticatedException;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.limits.LimitException;
import dev.afterimage.limits.Limits;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.async.DeferredResult;

/** Requests that wait for a job to end. They hold no thread. */
@Component
class JobWaits implements SmartLifecycle {

    /** At shutdown: after the jobs had their grace time, before the web server waits for its requests. */
    static final int PHASE = WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE + 512;

    /** What a DeferredResult takes for waiting without an end; a wait this short is answered at once instead. */
    private static final long NO_TIMEOUT = 0;

    private final Jobs jobs;
    private final JobFeed feed;
    private final Limits limits;
    private final LastingAnswers lasting;
    private final Map<DeferredResult<JobJson>, UUID> waiting = new ConcurrentHashMap<>();
    private volatile boolean running;

    JobWaits(Jobs jobs, JobFeed feed, Limits limits, LastingAnswers lasting) {
        this.jobs = jobs;
        this.feed = feed;
        this.limits = limits;
        this.lasting = lasting;
    }

    /**
     * The job when it has ended, or as it is when the time is over or the service shuts down; the problem
     * UNAUTHENTICATED when the caller is not accepted any more.
     *
     * @throws LimitException when too many wait already, and there is something to wait for
     */
    DeferredResult<JobJson> end(UUID id, Duration wait, Caller caller) {
        var job = jobs.get(id);
        return job.state().ended() || wait.toMillis() == NO_TIMEOUT ? answered(job) : await(id, wait, caller);
    }

    private static DeferredResult<JobJson> answered(Job job) {
        var answer = new DeferredResult<JobJson>();
        answer.setResult(JobJson.of(job));
        return answer;
    }

    private DeferredResult<JobJson> await(UUID id, Duration wait, Caller caller) {
        var place = limits.waiting();
        var answer = new DeferredResult<JobJson>(wait.toMillis(), () -> JobJson.of(jobs.get(id)));
        // Subscribed first, read then: an end in between is told by one or both of them.
        var subscription = feed.subscribe(id, job -> answerIfEnded(answer, job));
        var refusable = lasting.add(caller, () -> answer.setErrorResult(UnauthenticatedException.unknown()));
        Runnable over = () -> {
            subscription.close();
            refusable.close();
            waiting.remove(answer);
            place.close();
        };
        answer.onCompletion(over);
        waiting.put(answer, id);
        try {
            var job = jobs.get(id);
            if (job.state().ended() || !running) {
                answer.setResult(JobJson.of(job));
            }
        } catch (RuntimeException e) {
            over.run();
            throw e;
        }
        return answer;
    }

    private static void answerIfEnded(DeferredResult<JobJson> answer, Job job) {
        if (job.state().ended()) {
            answer.setResult(JobJson.of(job));
        }
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        waiting.forEach((answer, id) -> answer.setResult(JobJson.of(jobs.get(id))));
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
