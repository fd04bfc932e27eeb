package dev.afterimage.api.jobs;

import dev.afterimage.api.http.EventStream;
import dev.afterimage.jobs.queue.Job;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** One client that follows one job. It is shown what the job is; a slow one skips progress instead of piling it up. */
final class JobEventStream extends EventStream implements JobWatch.Watcher {

    /** Of jobs that take longer the client asks again. */
    private static final Duration LONGEST = Duration.ofDays(7);

    private final AtomicReference<Job> latest = new AtomicReference<>();
    private @Nullable JobJson sent;

    JobEventStream(SseEmitter emitter) {
        super(emitter, LONGEST);
    }

    @Override
    public void show(Job job) {
        latest.set(job);
        changed();
    }

    @Override
    public void refuse() {
        close();
    }

    @Override
    protected boolean send(SseEmitter to) throws IOException {
        var before = sent;
        var now = JobJson.of(Objects.requireNonNull(latest.get()));
        if (!now.equals(before)) {
            to.send(SseEmitter.event().name(name(before, now)).data(now));
        }
        sent = now;
        return !now.state().ended();
    }

    private static String name(@Nullable JobJson sent, JobJson now) {
        if (now.state().ended()) {
            return "end";
        }
        return sent != null && sent.state() == now.state() ? "progress" : "state";
    }
}
