package dev.afterimage.jobs.metrics;

import dev.afterimage.problem.Problem;
import dev.afterimage.recovery.AdoptedRepository;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Whether the repository is there. When not, the service itself is well and must not be restarted, since it goes on by itself when
 * the storage is back: hence a status of its own, which is answered with 200 and is in no probe.
 */
@Component("repositoryHealthIndicator") // shown as `repository`
class RepositoryHealth implements HealthIndicator {

    private static final Status AWAY = new Status("AWAY", "Jobs wait for the repository until their deadlines");

    private final AdoptedRepository repository;

    RepositoryHealth(AdoptedRepository repository) {
        this.repository = repository;
    }

    @Override
    public Health health() {
        return repository
                .whyAway()
                .map(this::away)
                .orElseGet(() -> withCopies(Health.up()).build());
    }

    private Health away(Problem problem) {
        return withCopies(Health.status(AWAY)
                        .withDetail("detail", problem.detail())
                        .withDetail("hint", problem.hint())
                        .withDetail("readFromCopies", repository.copiesThere()))
                .build();
    }

    /** Also after a repair it stays until the next start: the time says so. */
    private Health.Builder withCopies(Health.Builder health) {
        repository
                .lastHelp()
                .ifPresent(last -> health.withDetail("lastReadFromCopies", last.copies())
                        .withDetail("lastReadFromCopiesAt", last.at().toString()));
        return health;
    }
}
