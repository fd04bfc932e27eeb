package dev.afterimage.protection;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Whether every database is protected. When not, the service itself is well, and a restart is no remedy: hence a status of its own, by
 * which the service as a whole stays UP; only the health group {@code protection} answers 503 for it.
 *
 * <p>All databases are judged for it. That group is asked with details, and judged at each time; the service as a whole, of which
 * anybody may ask, is asked without, and gets what was judged a few seconds ago.
 */
@Component("databasesHealthIndicator") // shown as `databases`
class ProtectionHealth implements HealthIndicator {

    static final Status NOT_PROTECTED = new Status("NOT_PROTECTED");

    static final Duration STATUS_HOLDS = Duration.ofSeconds(5);

    private static final int MOST_NAMES = 20;

    private record Judged(Instant at, Health health) {}

    private final Protections protections;
    private final Clock clock;
    private @Nullable Judged last;

    ProtectionHealth(Protections protections, Clock clock) {
        this.protections = protections;
        this.clock = clock;
    }

    @Override
    public Health health(boolean includeDetails) {
        return includeDetails ? health() : recentStatus();
    }

    /** Those who ask while it is judged wait for that, instead of judging it themselves. */
    private synchronized Health recentStatus() {
        var now = clock.instant();
        if (last == null || now.isBefore(last.at) || !now.isBefore(last.at.plus(STATUS_HOLDS))) {
            last = new Judged(now, Health.status(health().getStatus()).build());
        }
        return last.health;
    }

    @Override
    public Health health() {
        var all = protections.all();
        var counts = all.stream()
                .collect(groupingBy(DatabaseProtection::protection, () -> new EnumMap<>(Protection.class), counting()));
        var names = all.stream()
                .filter(database -> !database.isProtected())
                .map(DatabaseProtection::database)
                .limit(MOST_NAMES)
                .toList();
        return (names.isEmpty() ? Health.up() : Health.status(NOT_PROTECTED))
                .withDetail("counts", counts)
                .withDetail("notProtected", names)
                .build();
    }
}
