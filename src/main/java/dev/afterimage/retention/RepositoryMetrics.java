package dev.afterimage.retention;

import dev.afterimage.bytes.Disk;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.ToDoubleFunction;
import org.springframework.stereotype.Component;

/** Tells Prometheus whether the repository is there, what it takes, and how much room it, the home and the staging files have. */
@Component
class RepositoryMetrics {

    private final MeterRegistry registry;

    RepositoryMetrics(MeterRegistry registry, Repository repository, Node node) {
        this.registry = registry;
        Gauge.builder("afterimage.repository.present", repository, RepositoryMetrics::present)
                .description("1 when the repository is there, 0 when it is away")
                .strongReference(true)
                .register(registry);
        bytes("afterimage.repository", "What the repository takes", repository, Repository::usedBytes);
        bytes(
                "afterimage.repository.free",
                "What it may still take: the rest of its quota or of its disk, whichever is less",
                repository,
                Repository::freeBytes);
        bytes("afterimage.home.free", "Room for the catalog", node.home(), RepositoryMetrics::usable);
        bytes("afterimage.staging.free", "Room for staging files", node.staging(), RepositoryMetrics::usable);
    }

    private <T> void bytes(String name, String description, T of, ToDoubleFunction<T> bytes) {
        Gauge.builder(name, of, bytes)
                .description(description)
                .baseUnit("bytes")
                .strongReference(true)
                .register(registry);
    }

    private static double present(Repository repository) {
        try {
            repository.requirePresence();
            return 1;
        } catch (ProblemException e) {
            return 0;
        }
    }

    private static double usable(Path directory) {
        try {
            return Disk.usableBytes(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("The room at " + directory + " cannot be told", e);
        }
    }
}
