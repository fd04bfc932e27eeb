package dev.afterimage.check;

import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.log.LogChecks;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.catalog.log.LogSegments;
import java.time.Clock;
import java.time.Duration;
import org.springframework.util.unit.DataSize;

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

    /** With what is configured by default. */
    public static FullChecks fullChecks(TestBackups backups, Clock clock) {
        return fullChecks(backups, DataSize.ofMegabytes(64), clock);
    }

    static FullChecks fullChecks(TestBackups backups, DataSize below, Clock clock) {
        return new FullChecks(backups.catalog.snapshots, new CheckSettings(below, Duration.ofHours(24)), clock);
    }

    public static Verification verification(TestBackups backups, Clock clock) {
        return verification(backups, DataSize.ofMegabytes(64), clock);
    }

    /** @param below databases of which size are always checked FULL by AUTO */
    static Verification verification(TestBackups backups, DataSize below, Clock clock) {
        var check = on(backups, clock);
        var snapshots = backups.catalog.snapshots;
        return new Verification(
                snapshots,
                fullChecks(backups, below, clock),
                new StoredCheck(snapshots, backups.repository, check, clock),
                check);
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
                new LogCheck(
                        backups.repository,
                        new LogCuts(catalog.catalog),
                        new LogChecks(catalog.catalog),
                        new LogSegments(catalog.catalog)),
                quarantines(backups, clock),
                clock);
    }

    public static Quarantines quarantines(TestBackups backups, Clock clock) {
        return new Quarantines(backups.repository, backups.catalog.snapshots, backups.catalog.checks, clock);
    }
}
