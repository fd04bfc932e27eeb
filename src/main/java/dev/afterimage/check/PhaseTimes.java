package dev.afterimage.check;

import dev.afterimage.sqlite.PageProgress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Measures how long each phase of a piece of work takes, and passes on what it hears. For one thread. */
final class PhaseTimes implements PageProgress {

    private final PageProgress progress;
    private final Map<String, Duration> times = new HashMap<>();
    private @Nullable String phase;
    private long since;

    PhaseTimes(PageProgress progress) {
        this.progress = progress;
    }

    @Override
    public PageProgress phase(String name, int pageSize) {
        end();
        phase = name;
        since = System.nanoTime();
        return progress.phase(name, pageSize);
    }

    @Override
    public void pages(long done, long total) {
        progress.pages(done, total);
    }

    /** Ends the phase that goes on, if one does. */
    void end() {
        if (phase != null) {
            times.merge(phase, Duration.ofNanos(System.nanoTime() - since), Duration::plus);
        }
        phase = null;
    }

    /** Of all ended phases of a name; 0 if there was none. */
    long millis(String name) {
        return times.getOrDefault(name, Duration.ZERO).toMillis();
    }
}
