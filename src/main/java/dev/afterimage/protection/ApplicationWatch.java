package dev.afterimage.protection;

import static java.util.stream.Collectors.toSet;

import dev.afterimage.catalog.databases.DatabaseFiles;
import dev.afterimage.jobs.metrics.DatabaseGauge;
import dev.afterimage.sqlite.live.ApplicationFiles;
import java.nio.file.Path;
import java.util.Set;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Looks again and again whether applications have other files than those at the paths of this node's databases: a backup would find out, but
 * the next one may be a day away, and what is committed meanwhile is in none. Nothing is opened for it.
 */
@Component
@EnableScheduling
public class ApplicationWatch {

    private final DatabaseFiles databases;
    private volatile Set<String> elsewhere = Set.of();

    public ApplicationWatch(DatabaseFiles databases) {
        this.databases = databases;
    }

    @Scheduled(fixedDelayString = DatabaseGauge.REFRESHED_EVERY)
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
