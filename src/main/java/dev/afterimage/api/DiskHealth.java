package dev.afterimage.api;

import dev.afterimage.catalog.DiskSettings;
import dev.afterimage.catalog.Node;
import dev.afterimage.catalog.Reserve;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.stereotype.Component;

/** Whether there is room on the disks of the home and of the repository, which may be another one. */
@Component("diskHealthIndicator") // shown as `disk`
class DiskHealth implements HealthIndicator {

    private final Node node;
    private final Reserve reserve;
    private final long low;

    DiskHealth(Node node, Reserve reserve, DiskSettings settings) {
        this.node = node;
        this.reserve = reserve;
        this.low = settings.low().toBytes();
    }

    @Override
    public Health health() {
        try {
            long home = free(node.home());
            long repository = free(node.repository());
            boolean well = !reserve.isGiven() && Math.min(home, repository) >= low;
            return (well ? Health.up() : Health.down())
                    .withDetail("freeBytes", Map.of("home", home, "repository", repository))
                    .withDetail("low", low)
                    .withDetail("reserveGiven", reserve.isGiven())
                    .build();
        } catch (IOException e) {
            return Health.down(e).build();
        }
    }

    private static long free(Path directory) throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }
}
