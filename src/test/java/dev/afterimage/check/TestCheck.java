package dev.afterimage.check;

import dev.afterimage.backup.TestBackups;
import java.time.Clock;

/** Gives tests of other packages the real check. */
public final class TestCheck {

    private TestCheck() {}

    public static Check on(TestBackups backups, Clock clock) {
        return new Check(
                backups.catalog.snapshots,
                backups.repository,
                backups.catalog.checks,
                quarantines(backups, clock),
                clock);
    }

    public static Drill drill(TestBackups backups, Clock clock) {
        return new Drill(
                backups.catalog.databases,
                backups.catalog.snapshots,
                on(backups, clock),
                backups.catalog.drills,
                clock);
    }

    public static RepositoryCheck ofRepository(TestBackups backups, Clock clock) {
        var catalog = backups.catalog;
        return new RepositoryCheck(
                backups.repository,
                catalog.totals,
                new StoredManifests(backups.repository, catalog.snapshots),
                new LayersToCheck(catalog.layerChecks),
                quarantines(backups, clock),
                clock);
    }

    public static Quarantines quarantines(TestBackups backups, Clock clock) {
        return new Quarantines(backups.repository, backups.catalog.snapshots, backups.catalog.checks, clock);
    }
}
