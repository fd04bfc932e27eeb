package dev.afterimage.api;

import static java.util.stream.Collectors.toSet;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Callers;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Ends answers that last, once those who get them would not be let in any more. Asked from outside again and again, on one
 * platform thread: what follows a job runs on virtual threads, which the catalog's native calls would pin.
 */
@Component
class LastingAnswers implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(LastingAnswers.class);

    /** An answer to somebody. Whoever added it closes it when it has ended. */
    final class Lasting implements AutoCloseable {

        private final Caller caller;
        private final Runnable end;

        private Lasting(Caller caller, Runnable end) {
            this.caller = caller;
            this.end = end;
        }

        @Override
        public void close() {
            all.remove(this);
        }
    }

    private final Callers callers;
    private final Set<Lasting> all = ConcurrentHashMap.newKeySet();
    private @Nullable ScheduledExecutorService thread;

    LastingAnswers(Callers callers) {
        this.callers = callers;
    }

    /** @param end does not block; may be called when the answer has ended already, and more than once */
    Lasting add(Caller caller, Runnable end) {
        var lasting = new Lasting(caller, end);
        all.add(lasting);
        return lasting;
    }

    @Override
    public void start() {
        thread = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("lasting-answers").daemon().factory());
        long period = JobEventStream.KEEP_ALIVE.toMillis();
        thread.scheduleWithFixedDelay(this::attempt, period, period, TimeUnit.MILLISECONDS);
    }

    private void attempt() {
        try {
            endUnaccepted();
        } catch (RuntimeException e) { // a scheduled task that throws is never run again
            log.error("It could not be found out who may go on to follow jobs, it is tried again", e);
        }
    }

    void endUnaccepted() {
        var unaccepted = all.stream()
                .map(lasting -> lasting.caller)
                .distinct()
                .filter(caller -> !callers.accepts(caller))
                .collect(toSet());
        all.stream().filter(lasting -> unaccepted.contains(lasting.caller)).forEach(lasting -> lasting.end.run());
    }

    @Override
    public void stop() {
        if (thread != null) {
            thread.shutdownNow();
            thread = null;
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    /** That of those who need it: they would be stopped with it, before the jobs had their grace time. */
    @Override
    public int getPhase() {
        return JobWaits.PHASE;
    }
}
