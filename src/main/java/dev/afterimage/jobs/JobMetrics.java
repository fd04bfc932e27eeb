package dev.afterimage.jobs;

import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.Snapshots;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** What Prometheus may know of jobs, and of what backups read and stored. */
@Component
class JobMetrics {

    private final MeterRegistry registry;
    private final Snapshots snapshots;

    JobMetrics(MeterRegistry registry, Jobs jobs, JobFeed feed, Snapshots snapshots) {
        this.registry = registry;
        this.snapshots = snapshots;
        for (var kind : JobKind.values()) {
            pending(jobs, kind, JobState.QUEUED);
            pending(jobs, kind, JobState.RUNNING);
        }
        feed.subscribe(this::heard);
    }

    private void pending(Jobs jobs, JobKind kind, JobState state) {
        Gauge.builder("afterimage.jobs", jobs, all -> all.count(kind, state))
                .description("Jobs that wait or run")
                .tags("kind", kind.name(), "state", state.name())
                .register(registry);
    }

    private void heard(Job job) {
        var started = job.startedAt();
        var finished = job.finishedAt();
        if (started != null && finished != null) {
            registry.timer(
                            "afterimage.job.duration",
                            "kind",
                            job.kind().name(),
                            "state",
                            job.state().name())
                    .record(Duration.between(started, finished));
            countBackups(job);
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
    }

    private void add(String name, String description, String database, long amount) {
        Counter.builder(name)
                .description(description)
                .tag("database", database)
                .register(registry)
                .increment(amount);
    }
}
