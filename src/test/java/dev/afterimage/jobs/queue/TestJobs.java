package dev.afterimage.jobs.queue;

import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.copies.TestCopies;
import dev.afterimage.follow.TestFollowing;
import dev.afterimage.jobs.metrics.MetricsSettings;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.protection.ApplicationWatch;
import dev.afterimage.protection.ProtectionSettings;
import dev.afterimage.protection.Protections;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;

/** Gives tests of other packages the real queue, whose jobs end when the test says so. */
public final class TestJobs {

    public final JobSettings settings =
            new JobSettings(1, Duration.ofMinutes(5), Duration.ofSeconds(30), Duration.ofDays(90));
    public final JobFeed feed = new JobFeed();
    public final Jobs jobs;
    public final Protections protections;
    private final JobClaims claims;
    private final Clock clock;

    public TestJobs(TestCatalog catalog, Clock clock) {
        this.clock = clock;
        jobs = new Jobs(
                catalog.catalog, feed, new RunningJobs(), catalog.node, new QueueSettings(10_000, 1_000), clock);
        protections = new Protections(
                catalog.catalog,
                catalog.drills,
                TestBackups.anyRepository(catalog, clock),
                catalog.node,
                new ApplicationWatch(catalog.databaseFiles, new MetricsSettings(Duration.ofMinutes(1))),
                TestCopies.ages(catalog, TestCopies.of(catalog, Map.of())),
                TestFollowing.ofNothing(catalog, clock),
                new ProtectionSettings(Duration.ofDays(2), null, false),
                clock);
        claims = new JobClaims(catalog.catalog, feed, catalog.node, settings, clock);
    }

    /** Begins the job whose turn it is. */
    public Job begin() {
        return claims.claim().orElseThrow();
    }

    public void succeed(Job job) {
        claims.end(job, new Outcome.Succeeded(Map.of()), null);
    }

    public void fail(Job job) {
        fail(job, ProblemCode.STORAGE_FULL);
    }

    public void fail(Job job, ProblemCode code) {
        var problem = Problem.of(code, "by the test");
        claims.end(job, new Outcome.Failed(problem), null);
    }

    void postpone(Job job, Duration by) {
        var obstacle = Problem.of(ProblemCode.SOURCE_LOCKED, "by the test");
        claims.end(job, new Outcome.Postponed(clock.instant().plus(by), obstacle), null);
    }
}
