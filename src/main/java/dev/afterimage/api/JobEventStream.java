package dev.afterimage.api;

import dev.afterimage.jobs.Job;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * One client that follows one job. What the feed tells is taken as a hint to read the job again: what is sent then never
 * goes back in time, and a slow client skips progress instead of piling it up.
 */
final class JobEventStream {

    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    private final Supplier<Job> job;
    private final SseEmitter emitter;
    private final Semaphore changes = new Semaphore(0);
    private volatile boolean closed;

    JobEventStream(Supplier<Job> job, SseEmitter emitter) {
        this.job = job;
        this.emitter = emitter;
        emitter.onCompletion(this::close);
        emitter.onError(error -> close());
    }

    /** The job may be another than it was. */
    void changed() {
        changes.release();
    }

    /** Ends the stream; the client may come again and goes on with the job as it is then. */
    void close() {
        closed = true;
        changes.release();
    }

    /** Sends until the job ends, the client goes away, or the stream is closed. */
    void run() {
        try {
            JobJson sent = null;
            do {
                sent = sendIfChanged(sent);
            } while (!sent.state().ended() && awaitChange());
            emitter.complete();
        } catch (IOException gone) {
            // The client went away, and the server has noticed with us: it ends the request.
        } catch (IllegalStateException ended) {
            // The server ended the request while we were about to send: the client went away.
        } catch (InterruptedException | RuntimeException e) {
            emitter.completeWithError(e);
        }
    }

    private JobJson sendIfChanged(@Nullable JobJson sent) throws IOException {
        var now = JobJson.of(job.get());
        if (!now.equals(sent)) {
            emitter.send(SseEmitter.event().name(name(sent, now)).data(now));
        }
        return now;
    }

    private static String name(@Nullable JobJson sent, JobJson now) {
        if (now.state().ended()) {
            return "end";
        }
        return sent != null && sent.state() == now.state() ? "progress" : "state";
    }

    private boolean awaitChange() throws InterruptedException, IOException {
        while (!changes.tryAcquire(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)) {
            emitter.send(SseEmitter.event().comment("keep-alive"));
        }
        changes.drainPermits();
        return !closed;
    }
}
