package dev.afterimage.follow;

import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Keeps the logs in the repository short, on one thread: what one deletes the other must not read. */
@Component
class LogUpkeep extends PeriodicWork {

    private static final Duration PERIOD = Duration.ofMinutes(10);

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final LogChains chains;
    private final LogPrune prune;
    private final LogMerge merge;
    private final Duration period;
    private volatile boolean isStopping;

    LogUpkeep(LogChains chains, LogPrune prune, LogMerge merge, FollowSettings settings) {
        super("log-upkeep");
        this.chains = chains;
        this.prune = prune;
        this.merge = merge;
        boolean isOften = settings.mergeTo().isPositive() && settings.mergeTo().compareTo(PERIOD) < 0;
        this.period = isOften ? settings.mergeTo() : PERIOD;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        isStopping = false;
        thread.every(period, this::run);
    }

    /** One whose log cannot be read holds up no other; it is told at the end. */
    private void run() {
        RuntimeException first = null;
        for (var databaseId : chains.databases()) {
            try {
                prune.prune(databaseId);
                merge.merge(databaseId, () -> isStopping);
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
            if (isStopping) {
                return;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** What is half merged then is merged anew after the next start. */
    @Override
    protected void end(PeriodicThread thread) {
        isStopping = true;
        if (!thread.end(PATIENCE)) {
            thread.interrupt();
        }
    }
}
