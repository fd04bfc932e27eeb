package dev.afterimage.jobs;

import dev.afterimage.catalog.Database;
import dev.afterimage.catalog.Databases;
import dev.afterimage.catalog.Node;
import dev.afterimage.sqlite.DatabaseFacts;
import dev.afterimage.sqlite.SourceException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.stream.Stream;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Tells Prometheus how large the WAL of each registered database is that this node sees, by stat. */
@Component
class WalMetrics {

    private final Databases databases;
    private final Node node;
    private final MultiGauge walBytes;

    WalMetrics(Databases databases, Node node, MeterRegistry registry) {
        this.databases = databases;
        this.node = node;
        this.walBytes = MultiGauge.builder("afterimage.wal")
                .description("Size of the database's -wal file, 0 when there is none")
                .baseUnit("bytes")
                .register(registry);
    }

    /** The set of databases changes, so the gauges are made anew each time. */
    @Scheduled(fixedDelayString = "PT30S")
    void refresh() {
        walBytes.register(
                databases.list(null, Integer.MAX_VALUE).stream()
                        .filter(database -> database.node().equals(node.node()))
                        .flatMap(WalMetrics::row)
                        .toList(),
                true);
    }

    private static Stream<MultiGauge.Row<Number>> row(Database database) {
        try {
            long bytes = DatabaseFacts.walBytesOf(database.path());
            return Stream.of(MultiGauge.Row.of(Tags.of("database", database.name()), bytes));
        } catch (SourceException e) { // its directory may not be searched: nothing can be told, which no number says
            return Stream.empty();
        }
    }
}
