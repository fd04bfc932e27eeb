package dev.afterimage.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.SnapshotNotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotRemovalTests {

    @TempDir
    Path dir;

    private TestBackups backups;
    private SnapshotRemoval removal;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, new TestClock());
        removal = new SnapshotRemoval(backups.catalog.snapshots, backups.repository);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void removeFreesWhatOnlyThatSnapshotNeeds() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var first = backups.run(database);
        TestBackups.execute(database.path(), "INSERT INTO t VALUES (1)");
        var second = backups.run(database);
        removal.remove(first.id(), false);
        assertThat(backups.catalog.snapshots.find(first.id())).isEmpty();
        assertThat(backups.content(second)).isNotEmpty();
        assertThat(layers()).isEqualTo(1);
        assertThatExceptionOfType(SnapshotNotFoundException.class).isThrownBy(() -> removal.remove(first.id(), false));
    }

    @Test
    void removeWhenItIsTheLastGoodOneNeedsForce() throws Exception {
        var snapshot = backups.run(backups.database("orders", "CREATE TABLE t (v)"));
        assertThatExceptionOfType(SnapshotKeptException.LastGood.class)
                .isThrownBy(() -> removal.remove(snapshot.id(), false));
        assertThat(backups.content(snapshot)).isNotEmpty();
        removal.remove(snapshot.id(), true);
        assertThat(layers()).isZero();
    }

    @Test
    void removeWhenPinnedIsRefusedEvenWithForce() throws Exception {
        var snapshot = backups.run(backups.database("orders", "CREATE TABLE t (v)"));
        backups.catalog.snapshots.change(snapshot.id(), null, true, null);
        assertThatExceptionOfType(SnapshotKeptException.Pinned.class)
                .isThrownBy(() -> removal.remove(snapshot.id(), true));
        assertThat(backups.content(snapshot)).isNotEmpty();
    }

    private long layers() throws Exception {
        try (var files = Files.walk(backups.catalog.node.repository().resolve("layers"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }
}
