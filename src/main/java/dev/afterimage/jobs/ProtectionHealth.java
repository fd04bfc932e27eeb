package dev.afterimage.jobs;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import java.util.EnumMap;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Whether every database is protected. When not, the service itself is well, and a restart is no remedy: hence a status of its own, by
 * which the service as a whole stays UP; only the health group {@code protection} answers 503 for it.
 */
@Component("databasesHealthIndicator") // shown as `databases`
class ProtectionHealth implements HealthIndicator {

    static final Status NOT_PROTECTED = new Status("NOT_PROTECTED");

    private static final int MOST_NAMES = 20;

    private final Protections protections;

    ProtectionHealth(Protections protections) {
        this.protections = protections;
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
