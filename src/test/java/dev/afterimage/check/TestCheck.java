package dev.afterimage.check;

import dev.afterimage.backup.TestBackups;
import java.time.Clock;

/** Gives tests of other packages the real check. */
public final class TestCheck {

    private TestCheck() {}

    public static Check on(TestBackups backups, Clock clock) {
        return new Check(backups.catalog.snapshots, backups.repository, backups.catalog.checks, clock);
    }
}
