package dev.afterimage.retention;

import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Deletes layers whose grace is over. */
@Component
class ReclaimUpkeep extends PeriodicWork {

    private static final Duration PERIOD = Duration.ofMinutes(10);

    private final Reclaim reclaim;

    ReclaimUpkeep(Reclaim reclaim) {
        super("reclaim");
        this.reclaim = reclaim;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(PERIOD, this::run);
    }

    private void run() {
        reclaim.settleDue();
    }
}
