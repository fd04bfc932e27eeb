package dev.afterimage.api.jobs;

import static java.util.stream.Collectors.toSet;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Callers;
import dev.afterimage.lifecycle.PeriodicThread;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Ends answers that last, once those who get them would not be let in any more. Asked from outside again and again, on one
 * platform thread: what follows a job runs on virtual threads, which the catalog's native calls would pin.
 */
@Component
public class LastingAnswers implements SmartLifecycle {

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
    private @Nullable PeriodicThread thread;

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
        thread = new PeriodicThread("lasting-answers");
        thread.every(JobEventStream.KEEP_ALIVE, this::endUnaccepted);
    }

    public void endUnaccepted() {
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
            thread.interrupt();
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
