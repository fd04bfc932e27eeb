package dev.afterimage.retention;

import dev.afterimage.backup.TestBackups;

/** Gives tests of other packages the real removal. */
public final class TestRemoval {

    private TestRemoval() {}

    public static SnapshotRemoval on(TestBackups backups) {
        return new SnapshotRemoval(backups.catalog.deletions, backups.repository);
    }
}
