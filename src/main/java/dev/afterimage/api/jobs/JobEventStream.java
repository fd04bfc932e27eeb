package dev.afterimage.api.jobs;

import dev.afterimage.jobs.queue.Job;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * One client that follows one job. It is shown what the job is and never reads the catalog, since it runs on a virtual thread,
 * which a native call would pin. A slow client skips progress instead of piling it up.
 */
final class JobEventStream implements JobWatch.Watcher {

    static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    private final AtomicReference<Job> latest = new AtomicReference<>();
    private final SseEmitter emitter;
    private final Semaphore changes = new Semaphore(0);
    private volatile boolean closed;

    JobEventStream(SseEmitter emitter) {
        this.emitter = emitter;
        emitter.onCompletion(this::close);
        emitter.onError(error -> close());
    }

    @Override
    public void show(Job job) {
        latest.set(job);
        changes.release();
    }

    @Override
    public void refuse() {
        close();
    }

    /** Ends the stream; the client may come again and goes on with the job as it is then. */
    void close() {
        closed = true;
        changes.release();
    }

    /** Sends what it is shown until the job ends, the client goes away, or the stream is closed. */
    void run() {
        try {
            JobJson sent = null;
            while ((sent == null || !sent.state().ended()) && awaitChange()) {
                sent = sendIfChanged(sent);
            }
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
        var now = JobJson.of(Objects.requireNonNull(latest.get()));
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
