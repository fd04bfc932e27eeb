package dev.afterimage.retention;

import dev.afterimage.backup.TestBackups;
import java.time.Clock;

/** Gives tests of other packages the real removal. */
public final class TestRemoval {

    private TestRemoval() {}

    public static SnapshotRemoval on(TestBackups backups) {
        return on(backups, Clock.systemUTC());
    }

    static SnapshotRemoval on(TestBackups backups, Clock clock) {
        return new SnapshotRemoval(backups.catalog.deletions, backups.repository, reclaim(backups, clock));
    }

    static Reclaim reclaim(TestBackups backups, Clock clock) {
        return new Reclaim(backups.repository, backups.catalog.unneeded, clock);
    }

    static Sweep sweep(TestBackups backups, Clock clock) {
        return new Sweep(backups.repository, reclaim(backups, clock));
    }

    public static RetentionPlans plans(TestBackups backups, Clock clock) {
        var catalog = backups.catalog;
        return new RetentionPlans(
                catalog.policies,
                catalog.snapshots,
                catalog.checks,
                catalog.collapses,
                backups.following.anchors,
                backups.repository,
                clock);
    }

    public static Prune prune(TestBackups backups, Clock clock) {
        return new Prune(
                plans(backups, clock),
                on(backups, clock),
                backups.catalog.totals,
                sweep(backups, clock),
                new DailyCompaction(backups.repository, reclaim(backups, clock), clock),
                backups.catalog.unneeded);
    }
}
