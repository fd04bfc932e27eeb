package dev.afterimage.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartSweepTests {

    @TempDir
    Path dir;

    private TestBackups backups;
    private StartSweep start;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, new TestClock());
        var removal = new SnapshotRemoval(backups.catalog.deletions, backups.repository);
        start = new StartSweep(removal, backups.repository);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void startWhenADeletionWasInterruptedCompletesIt() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var marked = backups.run(database);
        var halfGone = backups.run(database);
        var kept = backups.run(database);
        backups.catalog.deletions.begin(marked.id(), candidate -> {});
        backups.catalog.deletions.begin(halfGone.id(), candidate -> {});
        backups.repository.delete(database.id(), halfGone.id());

        start.start();

        assertThat(backups.repository.snapshotIds(database.id())).containsExactly(kept.id());
        assertThat(backups.catalog.snapshots.ids(database.id())).containsExactly(kept.id());
        assertThat(backups.content(kept)).isNotEmpty();
    }

    @Test
    void startWhenTheStorageFailsGoesOn() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var snapshot = backups.run(database);
        backups.catalog.deletions.begin(snapshot.id(), candidate -> {});
        var manifests = backups.catalog.node.repository().resolve("manifests/" + database.id());
        var endless = Files.createSymbolicLink(manifests.resolve("endless"), manifests);

        start.start();

        assertThat(start.isRunning()).isTrue();
        assertThat(backups.catalog.deletions.unfinished()).hasSize(1);
        Files.delete(endless);
        start.start();
        assertThat(backups.catalog.deletions.unfinished()).isEmpty();
    }
}
