package dev.afterimage.restore;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.sqlite.PageProgress;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/** A snapshot of about 1 MB, and restores of it over what is there. */
abstract class RestoreTest {

    @TempDir
    Path dir;

    final TestClock clock = new TestClock();
    TestBackups backups;
    Snapshot snapshot;

    @BeforeEach
    void openHome() throws Exception {
        dir = dir.toRealPath();
        backups = new TestBackups(dir, clock);
        snapshot = backups.run(backups.database(
                "orders",
                "CREATE TABLE t (v TEXT)",
                "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)"
                        + " SELECT hex(randomblob(50)) FROM n"));
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    PreparedRestore prepare(Path target, TargetMode mode, Path staging) {
        return TestRestore.on(backups)
                .prepare(UUID.randomUUID(), item(target, mode), Optional.empty(), staging, PageProgress.NONE);
    }

    RestorePreview preview(Path target, TargetMode mode) {
        var node = backups.catalog.node;
        var staged = staged(DataSize.ofGigabytes(1));
        return new RestorePreviews(backups.catalog.snapshots, TestRestore.on(backups), staged, node)
                .of(item(target, mode), false);
    }

    StagedSnapshots staged(DataSize cache) {
        return new StagedSnapshots(
                backups.catalog.snapshots, backups.repository, backups.catalog.node, new LookSettings(cache), clock);
    }

    RestoreItem item(Path target, TargetMode mode) {
        return new RestoreItem(snapshot.id(), new RestoreTarget(target, mode, null), false, false);
    }
}
