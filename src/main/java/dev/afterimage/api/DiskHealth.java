package dev.afterimage.api;

import dev.afterimage.bytes.Disk;
import dev.afterimage.catalog.home.DiskSettings;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.home.Reserve;
import dev.afterimage.recovery.AdoptedRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Whether there is room on the disks of the home and of the repository, which may be another one. */
@Component("diskHealthIndicator") // shown as `disk`
class DiskHealth implements HealthIndicator {

    private final Node node;
    private final AdoptedRepository repository;
    private final Reserve reserve;
    private final long low;

    DiskHealth(Node node, AdoptedRepository repository, Reserve reserve, DiskSettings settings) {
        this.node = node;
        this.repository = repository;
        this.reserve = reserve;
        this.low = settings.low().toBytes();
    }

    @Override
    public Health health() {
        try {
            var free = free();
            boolean well = !reserve.isGiven() && free.values().stream().allMatch(bytes -> bytes >= low);
            return (well ? Health.up() : Health.down())
                    .withDetail("freeBytes", free)
                    .withDetail("low", low)
                    .withDetail("reserveGiven", reserve.isGiven())
                    .build();
        } catch (IOException e) {
            return Health.down(e).build();
        }
    }

    /** In the place of a repository that is away lies another disk, or one that does not answer; one in a bucket has none. */
    private Map<String, Long> free() throws IOException {
        long home = free(node.home());
        var directory = node.repositoryDirectory();
        return directory.isEmpty() || repository.whyAway().isPresent()
                ? Map.of("home", home)
                : Map.of("home", home, "repository", free(directory.get()));
    }

    private static long free(Path directory) throws IOException {
        return Disk.usableBytes(directory);
    }
}
