package dev.afterimage.jobs.metrics;

import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobAges;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.JobKind;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** What Prometheus may know of jobs, and of what backups read, stored and locked. */
@Component
class JobMetrics extends PeriodicWork {

    /** Bounds of the buckets: from a backup in which nothing has changed to one of a very large database. */
    private static final Duration[] DURATIONS = {
        Duration.ofSeconds(1),
        Duration.ofSeconds(10),
        Duration.ofMinutes(1),
        Duration.ofMinutes(10),
        Duration.ofHours(1)
    };

    private static final Duration FORGET_EVERY = Duration.ofHours(1);

    private final MeterRegistry registry;
    private final Snapshots snapshots;
    private final Databases databases;

    JobMetrics(
            MeterRegistry registry, Jobs jobs, JobAges ages, JobFeed feed, Snapshots snapshots, Databases databases) {
        super("job-metrics");
        this.registry = registry;
        this.snapshots = snapshots;
        this.databases = databases;
        for (var kind : JobKind.values()) {
            pending(jobs, kind, JobState.QUEUED);
            pending(jobs, kind, JobState.RUNNING);
            Stream.of(JobState.values()).filter(JobState::ended).forEach(state -> ended(kind, state));
        }
        age(
                ages,
                "afterimage.jobs.oldest.waiting",
                "How long the oldest due job has been waiting",
                JobAges::oldestWaiting);
        age(
                ages,
                "afterimage.jobs.oldest.running",
                "How long the oldest running job has been running",
                JobAges::oldestRunning);
        feed.onEnd(this::ended);
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(FORGET_EVERY, this::forgetRemoved);
    }

    /** What a database that was removed has counted is told no more. */
    void forgetRemoved() {
        var names = databases.names();
        registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> id.getName().startsWith("afterimage.backup."))
                .filter(id -> id.getTag("database") != null && !names.contains(id.getTag("database")))
                .forEach(registry::remove);
    }

    private void pending(Jobs jobs, JobKind kind, JobState state) {
        Gauge.builder("afterimage.jobs", jobs, all -> all.count(kind, state))
                .description("Jobs that wait or run")
                .tags("kind", kind.name(), "state", state.name())
                .register(registry);
    }

    /** There from the start: to Prometheus, a counter that appears with 1 has not increased. */
    private Counter ended(JobKind kind, JobState state) {
        return Counter.builder("afterimage.jobs.ended")
                .description("Jobs that ended since the service started")
                .tags("kind", kind.name(), "state", state.name())
                .register(registry);
    }

    private void age(JobAges ages, String name, String description, Function<JobAges, Duration> age) {
        TimeGauge.builder(
                        name, ages, TimeUnit.MILLISECONDS, all -> age.apply(all).toMillis())
                .description(description)
                .register(registry);
    }

    private void ended(Job job) {
        ended(job.kind(), job.state()).increment();
        timeRun(job);
        countBackups(job);
    }

    private void timeRun(Job job) {
        var started = job.startedAt();
        var finished = job.finishedAt();
        if (started != null && finished != null) {
            Timer.builder("afterimage.job.duration")
                    .description("From the first start of a job to its end")
                    .tags("kind", job.kind().name(), "state", job.state().name())
                    .serviceLevelObjectives(DURATIONS)
                    .register(registry)
                    .record(Duration.between(started, finished));
        }
    }

    private void countBackups(Job job) {
        if (job.state() == JobState.SUCCEEDED) {
            job.spec().makes().forEach(id -> snapshots.find(id).ifPresent(this::countBackup));
        }
    }

    private void countBackup(Snapshot snapshot) {
        var database = snapshot.databaseName();
        var content = snapshot.content();
        add("afterimage.backup.pages", "Pages of snapshots taken", database, content.pageCount());
        add("afterimage.backup.read.bytes", "Bytes of snapshots taken", database, content.sizeBytes());
        add("afterimage.backup.new.bytes", "Bytes added to the repository", database, content.newBytes());
        Timer.builder("afterimage.backup.lock.held")
                .description("How long writers could not commit because of a capture")
                .tag("database", database)
                .register(registry)
                .record(Duration.ofMillis(snapshot.capture().lockHeldMillis()));
    }

    private void add(String name, String description, String database, long amount) {
        Counter.builder(name)
                .description(description)
                .tag("database", database)
                .register(registry)
                .increment((double) amount);
    }
}
