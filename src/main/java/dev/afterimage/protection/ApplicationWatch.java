package dev.afterimage.protection;

import static java.util.stream.Collectors.toSet;

import dev.afterimage.catalog.databases.DatabaseFiles;
import dev.afterimage.jobs.metrics.MetricsSettings;
import dev.afterimage.lifecycle.PeriodicThread;
import dev.afterimage.lifecycle.PeriodicWork;
import dev.afterimage.sqlite.live.ApplicationFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.springframework.stereotype.Component;

/**
 * Looks again and again whether applications have other files than those at the paths of this node's databases: a backup would find out, but
 * the next one may be a day away, and what is committed meanwhile is in none. Nothing is opened for it.
 */
@Component
public class ApplicationWatch extends PeriodicWork {

    private final DatabaseFiles databases;
    private final MetricsSettings settings;
    private volatile Set<String> elsewhere = Set.of();

    public ApplicationWatch(DatabaseFiles databases, MetricsSettings settings) {
        super("application-watch");
        this.databases = databases;
        this.settings = settings;
    }

    @Override
    protected void begin(PeriodicThread thread) {
        thread.every(settings.refresh(), Duration.ZERO, this::look);
    }

    void look() {
        elsewhere = ApplicationFiles.elsewhere(databases.registeredPaths()).stream()
                .map(Path::toString)
                .collect(toSet());
    }

    /** As of the last look. */
    boolean isElsewhere(String database) {
        return elsewhere.contains(database);
    }
}
