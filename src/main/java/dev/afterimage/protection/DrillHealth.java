package dev.afterimage.protection;

import dev.afterimage.catalog.snapshots.Drills;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Whether the last drill of each database passed, or was made up for. When not, the service itself is well and must not be restarted:
 * hence a status of its own, which is answered with 200 and is in no probe.
 */
@Component("drillsHealthIndicator") // shown as `drills`
class DrillHealth implements HealthIndicator {

    private static final Status FAILING =
            new Status("FAILING", "A snapshot could not be restored, and no newer one was proven since");

    private final Drills drills;

    DrillHealth(Drills drills) {
        this.drills = drills;
    }

    @Override
    public Health health() {
        var failed = drills.failed();
        return failed.isEmpty()
                ? Health.up().build()
                : Health.status(FAILING).withDetail("databases", failed).build();
    }
}
