package dev.afterimage.restore;

import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.HotJournalSettings;

/** Gives tests of other packages the real restore. */
public final class TestRestore {

    private TestRestore() {}

    public static Restore on(TestBackups backups) {
        return new Restore(
                backups.catalog.snapshots,
                backups.repository,
                backups.catalog.databases,
                backups.catalog.paths,
                new HotJournalSettings(true),
                java.time.Clock.systemUTC());
    }
}
