package dev.afterimage.jobs.metrics;

import dev.afterimage.backup.LongReads;
import dev.afterimage.catalog.databases.DatabaseFiles;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.SourceException;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.OptionalLong;
import org.springframework.stereotype.Component;

/** Tells Prometheus how large the WAL of each registered database is that this node sees, by stat, and has large ones watched. */
@Component
class WalMetrics extends PeriodicWork {

    private final DatabaseFiles files;
    private final LongReads reads;
    private final MetricsSettings settings;
    private final DatabaseGauge walBytes;

    WalMetrics(DatabaseFiles files, LongReads reads, MetricsSettings settings, MeterRegistry registry) {
        super("wal-metrics");
        this.files = files;
        this.reads = reads;
        this.settings = settings;
        this.walBytes = new DatabaseGauge(MultiGauge.builder("afterimage.wal")
                .description("Size of the database's -wal file, 0 when there is none")
                .baseUnit("bytes")
                .register(registry));
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(settings.refresh(), Duration.ZERO, this::refresh);
    }

    private void refresh() {
        var sizes = new HashMap<String, Double>();
        var sizesByPath = new HashMap<Path, Long>();
        files.registered()
                .forEach((name, path) -> measure(path).ifPresent(bytes -> {
                    sizes.put(name, (double) bytes);
                    sizesByPath.put(path, bytes);
                }));
        walBytes.tell(sizes);
        reads.watch(sizesByPath);
    }

    private static OptionalLong measure(Path database) {
        try {
            return OptionalLong.of(DatabaseFacts.walBytesOf(database));
        } catch (SourceException e) { // its directory may not be searched: nothing can be told, which no number says
            return OptionalLong.empty();
        }
    }
}
