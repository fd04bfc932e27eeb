package dev.afterimage.jobs.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.JobFilter;
import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobSettings;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.QueueSettings;
import dev.afterimage.jobs.queue.RunningJobs;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.retention.TestRemoval;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeriodicPruneTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Jobs jobs;
    private Snapshot old;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        jobs = new Jobs(
                backups.catalog.catalog,
                new JobFeed(),
                new RunningJobs(),
                backups.catalog.node,
                new QueueSettings(10_000, 1_000),
                clock);
        var database = backups.database("orders", "CREATE TABLE t (v)");
        old = backups.run(database);
        clock.advance(Duration.ofHours(1));
        backups.run(database);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private PeriodicPrune every(Duration interval) {
        var settings = new JobSettings(2, Duration.ofMinutes(1), Duration.ofSeconds(30), Duration.ofDays(1));
        return new PeriodicPrune(TestRemoval.plans(backups, clock), jobs, settings, new PruneSettings(interval), clock);
    }

    private List<Job> submitted() {
        return jobs.list(new JobFilter(null, JobKind.PRUNE, null), null, 10).items();
    }

    @Test
    void nextLookAtIsSoonAfterTheStartAndNullWhenItNeverLooks() {
        var hourly = every(Duration.ofHours(1));
        var never = every(Duration.ZERO);
        hourly.start();
        never.start();
        try {
            assertThat(hourly.nextLookAt()).isEqualTo(clock.instant().plus(Duration.ofMinutes(1)));
            assertThat(never.nextLookAt()).isNull();
        } finally {
            hourly.stop();
            never.stop();
        }
        assertThat(hourly.nextLookAt()).as("stopped").isNull();
    }

    @Test
    void submitWhenDueSubmitsOneJobAndOnlyWhenSomethingHasToGo() {
        var periodic = every(Duration.ZERO);
        periodic.submitWhenDue();
        assertThat(submitted()).isEmpty();
        backups.catalog.snapshots.change(old.id(), null, null, true, clock.instant());

        periodic.submitWhenDue();
        periodic.submitWhenDue();

        assertThat(submitted()).hasSize(1);
        var job = submitted().getFirst();
        assertThat(job.spec()).isEqualTo(new JobSpec.Prune(PruneOrder.ofAllThatIsDue(), Duration.ofMinutes(1)));
        assertThat(job.priority()).isEqualTo(Priority.LOW);
        assertThat(job.databases()).isEmpty();
        jobs.cancel(job.id());
        periodic.submitWhenDue();
        assertThat(submitted()).hasSize(2);
    }

    @Test
    void startLooksByItselfAgainAndAgain() {
        var periodic = every(Duration.ofMillis(10));
        periodic.start();
        try {
            backups.catalog.snapshots.change(old.id(), null, null, true, clock.instant());
            await().until(() -> submitted().size() == 1);
        } finally {
            periodic.stop();
        }
        assertThat(periodic.isRunning()).isFalse();
    }
}
