package dev.afterimage.jobs;

import dev.afterimage.catalog.Database;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.catalog.Snapshots;
import java.time.Clock;
import org.springframework.stereotype.Component;

/** Judges how well each database is protected. */
@Component
public class Protections {

    private final Jobs jobs;
    private final Snapshots snapshots;
    private final ProtectionSettings settings;
    private final Clock clock;

    Protections(Jobs jobs, Snapshots snapshots, ProtectionSettings settings, Clock clock) {
        this.jobs = jobs;
        this.snapshots = snapshots;
        this.settings = settings;
        this.clock = clock;
    }

    public Protection of(Database database) {
        var good = snapshots.newestGood(database.id());
        if (good.isEmpty()) {
            return Protection.UNPROTECTED;
        }
        if (lastBackupFailed(database) || isNewestQuarantined(database)) {
            return Protection.FAILING;
        }
        var oldest = clock.instant().minus(settings.maxAge());
        return good.get().createdAt().isBefore(oldest) ? Protection.STALE : Protection.PROTECTED;
    }

    private boolean lastBackupFailed(Database database) {
        return jobs.lastBackup(database.name())
                .map(Job::state)
                .filter(JobState.FAILED::equals)
                .isPresent();
    }

    /** The backup that made it succeeded, but since then a check, a restore or a download has met damage. */
    private boolean isNewestQuarantined(Database database) {
        return snapshots
                .newest(database.id())
                .map(Snapshot::state)
                .filter(Snapshot.State.QUARANTINED::equals)
                .isPresent();
    }
}
