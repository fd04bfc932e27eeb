package dev.afterimage.jobs.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.jobs.queue.JobAges;
import dev.afterimage.jobs.queue.JobFeed;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.jobs.queue.QueueSettings;
import dev.afterimage.jobs.queue.RunningJobs;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobMetricsTests {

    @Test
    void forgetRemovedForgetsWhatRemovedDatabasesHaveCounted(@TempDir Path dir) throws Exception {
        var clock = new TestClock();
        var registry = new SimpleMeterRegistry();
        try (var catalog = new TestCatalog(dir.resolve("home"), dir, clock)) {
            var orders = catalog.databases.add("orders", Files.createFile(dir.resolve("orders.db")), Map.of());
            catalog.databases.add("users", Files.createFile(dir.resolve("users.db")), Map.of());
            var feed = new JobFeed();
            var jobs =
                    new Jobs(catalog.catalog, feed, new RunningJobs(), catalog.node, new QueueSettings(10, 10), clock);
            var metrics = new JobMetrics(
                    registry, jobs, new JobAges(catalog.catalog, clock), feed, catalog.snapshots, catalog.databases);
            registry.counter("afterimage.backup.pages", "database", "orders");
            registry.counter("afterimage.backup.pages", "database", "users");

            catalog.databases.remove(orders);
            metrics.forgetRemoved();

            assertThat(registry.find("afterimage.backup.pages").counters())
                    .singleElement()
                    .satisfies(counter ->
                            assertThat(counter.getId().getTag("database")).isEqualTo("users"));
        }
    }
}
