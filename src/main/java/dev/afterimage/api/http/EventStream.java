package dev.afterimage.api.http;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * One client that is sent server-sent events, on a virtual thread of its own: a slow one keeps nobody waiting but itself. So what it is sent is
 * held in memory by whoever extends this, in bounds, and the catalog is never read for it: a native call would pin the thread.
 */
public abstract class EventStream {

    /** Something is sent so often: proxies take what says nothing for dead, and only who sends notices that a client is gone. */
    public static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    private final SseEmitter emitter;
    private final Semaphore changes = new Semaphore(0);
    private final long endNanos;
    private volatile boolean closed;

    /**
     * @param emitter without a timeout
     * @param lasts after which the stream is closed
     */
    protected EventStream(SseEmitter emitter, Duration lasts) {
        this.emitter = emitter;
        this.endNanos = System.nanoTime() + lasts.toNanos();
        emitter.onCompletion(this::close);
        emitter.onError(error -> close());
    }

    /** The answer that the stream is, which no proxy may hold back. */
    public static ResponseEntity<SseEmitter> answer(SseEmitter emitter) {
        return ResponseEntity.ok()
                .cacheControl(CacheControl.noStore())
                .header("X-Accel-Buffering", "no")
                .body(emitter);
    }

    /** There is something to be sent. Does not block. */
    protected final void changed() {
        changes.release();
    }

    /** Ends the stream; the client may come again. Does not block. */
    public final void close() {
        closed = true;
        changes.release();
    }

    /** Sends until there is no more to come, the client goes away, or the stream is closed. */
    public final void run() {
        try {
            boolean goesOn = true;
            while (goesOn && awaitChange()) {
                goesOn = send(emitter) && !isOver(); // also where there is always more to be sent
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

    /** Sends what has changed. Returns whether there may be more to come. */
    protected abstract boolean send(SseEmitter to) throws IOException;

    private boolean awaitChange() throws InterruptedException, IOException {
        while (!changes.tryAcquire(untilNextNanos(), TimeUnit.NANOSECONDS)) {
            if (isOver()) {
                return false;
            }
            emitter.send(SseEmitter.event().comment("keep-alive"));
        }
        changes.drainPermits();
        return !closed;
    }

    private boolean isOver() {
        return endNanos - System.nanoTime() <= 0;
    }

    private long untilNextNanos() {
        return Math.min(KEEP_ALIVE.toNanos(), endNanos - System.nanoTime());
    }
}
