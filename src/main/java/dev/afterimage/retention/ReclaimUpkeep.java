package dev.afterimage.retention;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Deletes layers whose grace is over, and logs of databases of which nothing else is left. */
@Component
class ReclaimUpkeep extends PeriodicWork {

    private static final Duration PERIOD = Duration.ofMinutes(10);

    private static final Duration LOGS_PERIOD = Duration.ofDays(1);

    private final Reclaim reclaim;
    private final RemovedLogs removedLogs;

    ReclaimUpkeep(Reclaim reclaim, RemovedLogs removedLogs) {
        super("reclaim");
        this.reclaim = reclaim;
        this.removedLogs = removedLogs;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(PERIOD, this::run);
        thread.every(LOGS_PERIOD, PERIOD, removedLogs::delete);
    }

    private void run() {
        reclaim.settleDue();
    }
}
