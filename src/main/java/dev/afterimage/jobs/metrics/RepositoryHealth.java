package dev.afterimage.jobs.metrics;

import dev.afterimage.problem.Problem;
import dev.afterimage.recovery.AdoptedRepository;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.stereotype.Component;

/**
 * Whether the repository is there, and is this service's to write to. When not, the service itself is well and must not be restarted, since it goes on by itself when
 * the storage is back, and restores go on all the time: hence a status of its own, which is answered with 200 and is in no probe.
 */
@Component("repositoryHealthIndicator") // shown as `repository`
class RepositoryHealth implements HealthIndicator {

    private static final Status AWAY = new Status("AWAY", "Jobs wait for the repository until their deadlines");

    private static final Status HELD = new Status("HELD", "Another service writes to the repository");

    private final AdoptedRepository repository;

    RepositoryHealth(AdoptedRepository repository) {
        this.repository = repository;
    }

    @Override
    public Health health() {
        return repository
                .whyAway()
                .map(away -> with(AWAY, away).withDetail("readFromCopies", repository.copiesThere()))
                .or(() -> repository.whyHeld().map(held -> with(HELD, held)))
                .map(this::withCopies)
                .orElseGet(() -> withCopies(Health.up()))
                .build();
    }

    private static Health.Builder with(Status status, Problem problem) {
        return Health.status(status).withDetail("detail", problem.detail()).withDetail("hint", problem.hint());
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
