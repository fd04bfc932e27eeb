package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.databases.Sightings;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.repository.Repository;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.live.CaptureOptions;
import dev.afterimage.sqlite.live.HotJournals;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Finds out, without making a snapshot and without reading pages, which databases still are in the state of their newest one. */
@Component
public class UnchangedDatabases {

    private static final Logger log = LoggerFactory.getLogger(UnchangedDatabases.class);

    private final DatabasePaths paths;
    private final Snapshots snapshots;
    private final Repository repository;
    private final Sightings sightings;
    private final Drafts drafts;
    private final Clock clock;

    UnchangedDatabases(
            DatabasePaths paths,
            Snapshots snapshots,
            Repository repository,
            Sightings sightings,
            Drafts drafts,
            Clock clock) {
        this.paths = paths;
        this.snapshots = snapshots;
        this.repository = repository;
        this.sightings = sightings;
        this.drafts = drafts;
        this.clock = clock;
    }

    /**
     * The newest snapshot of a database, if it is available, has not failed a check, and nothing was committed since it was taken; it is
     * noted then when that was seen. Does not wait for locks. Empty also when it cannot be told: only snapshots that SCAN has taken can tell.
     *
     * @param proven whether enough of it has been proven
     */
    public Optional<Snapshot> newestSnapshot(Database database, Predicate<Snapshot> proven) {
        return snapshots
                .newest(database.id())
                .filter(snapshot -> snapshot.state() == Snapshot.State.AVAILABLE)
                .filter(snapshot -> snapshot.verification() != Snapshot.Verification.FAILED)
                .filter(proven)
                .filter(snapshot -> isStillTrue(snapshot, database));
    }

    private boolean isStillTrue(Snapshot snapshot, Database database) {
        try {
            var seenAt = repository
                    .find(database.id(), snapshot.id())
                    .map(manifest -> drafts.stateMark(manifest, database))
                    .flatMap(mark -> seen(database, mark));
            seenAt.ifPresent(moment -> sightings.add(snapshot.id(), moment));
            return seenAt.isPresent();
        } catch (
                RuntimeException
                        e) { // such as of a locked source: what comes instead is a backup, which will tell more
            log.info("It could not be told whether '{}' has changed: {}", database.name(), e.toString());
            return false;
        }
    }

    private Optional<Instant> seen(Database database, String mark) {
        var source = paths.existing(database);
        var options = new CaptureOptions(Duration.ZERO, 0, HotJournals.LEAVE, clock);
        try (var scan = Scan.open(source, options, PageProgress.NONE)) {
            return scan.isStill(mark) ? Optional.of(scan.finish().pinnedAt()) : Optional.empty();
        }
    }
}
