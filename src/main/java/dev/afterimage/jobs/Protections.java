package dev.afterimage.jobs;

import dev.afterimage.catalog.Database;
import dev.afterimage.catalog.Drills;
import dev.afterimage.catalog.Sightings;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.Snapshots;
import java.time.Clock;
import java.time.Instant;
import org.springframework.stereotype.Component;

/** Judges how well each database is protected. */
@Component
public class Protections {

    private final Jobs jobs;
    private final Snapshots snapshots;
    private final Sightings sightings;
    private final Drills drills;
    private final ProtectionSettings settings;
    private final Clock clock;

    Protections(
            Jobs jobs,
            Snapshots snapshots,
            Sightings sightings,
            Drills drills,
            ProtectionSettings settings,
            Clock clock) {
        this.jobs = jobs;
        this.snapshots = snapshots;
        this.sightings = sightings;
        this.drills = drills;
        this.settings = settings;
        this.clock = clock;
    }

    public Protection of(Database database) {
        var good = snapshots.newestGood(database.id());
        if (good.isEmpty()) {
            return Protection.UNPROTECTED;
        }
        if (jobs.lastBackupFailed(database.name()) || isNewestQuarantined(database) || drills.failed(database.id())) {
            return Protection.FAILING;
        }
        var oldest = clock.instant().minus(settings.maxAge());
        return stoodAt(good.get()).isBefore(oldest) ? Protection.STALE : Protection.PROTECTED;
    }

    /** The backup that made it succeeded, but since then a check, a restore or a download has met damage. */
    private boolean isNewestQuarantined(Database database) {
        return snapshots
                .newest(database.id())
                .map(Snapshot::state)
                .filter(Snapshot.State.QUARANTINED::equals)
                .isPresent();
    }

    /** The last time at which the database is known to have been in that state. */
    private Instant stoodAt(Snapshot snapshot) {
        return sightings
                .last(snapshot.id())
                .filter(snapshot.createdAt()::isBefore)
                .orElse(snapshot.createdAt());
    }
}
