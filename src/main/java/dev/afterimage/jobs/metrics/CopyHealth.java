package dev.afterimage.jobs.metrics;

import dev.afterimage.copies.CopyStates;
import java.util.LinkedHashMap;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Whether the copies of the repository could be made at the last try. When not, the service itself is well and must not be restarted: backups go on,
 * and the copy gets all when it is back. Hence a status of its own, which is answered with 200 and is in no probe.
 */
@Component("copiesHealthIndicator") // shown as `copies`
class CopyHealth implements HealthIndicator {

    private static final Status AWAY = new Status("AWAY", "Copies of the repository wait for their places");
    private static final Status FAILING = new Status("FAILING", "Copies of the repository could not be made");

    private final CopyStates states;

    CopyHealth(CopyStates states) {
        this.states = states;
    }

    @Override
    public Health health() {
        var troubled = new LinkedHashMap<String, Object>();
        boolean isAway = false;
        for (var trouble : states.troubles()) {
            troubled.put(trouble.copy(), trouble.problem());
            isAway |= trouble.state() == CopyStates.State.AWAY;
        }
        return troubled.isEmpty()
                ? Health.up().build()
                : Health.status(isAway ? AWAY : FAILING).withDetails(troubled).build();
    }
}
