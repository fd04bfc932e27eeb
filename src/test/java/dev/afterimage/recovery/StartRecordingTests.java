package dev.afterimage.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.snapshots.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartRecordingTests {

    @TempDir
    Path dir;

    private TestBackups backups;
    private StartRecording recording;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, new TestClock());
        recording = new StartRecording(
                backups.repository,
                backups.catalog.databases,
                backups.unrecorded,
                backups.groups,
                backups.catalog.bringingBack);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void startWhenAManifestHasNoRowGivesItOne() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var recorded = backups.run(database);
        var lost = backups.run(database);
        backups.catalog.snapshots.change(recorded.id(), null, true, false, null);
        forget(lost);

        recording.start();

        assertThat(backups.catalog.snapshots.get(lost.id())).isEqualTo(lost);
        assertThat(backups.catalog.snapshots.get(recorded.id()).pinned()).isTrue();
    }

    @Test
    void startWhenADeletionHasBegunDoesNotBringTheSnapshotBack() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var snapshot = backups.run(database);
        backups.catalog.deletions.begin(snapshot.id(), candidate -> {});

        recording.start();

        assertThat(backups.catalog.snapshots.find(snapshot.id())).isEmpty();
        assertThat(backups.catalog.deletions.unfinished()).hasSize(1);
    }

    @Test
    void startWhenAManifestCannotBeReadRecordsTheOthers() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var damaged = backups.run(database);
        var lost = backups.run(database);
        var manifests = backups.catalog.node.repositoryDirectory().orElseThrow().resolve("manifests");
        Files.writeString(manifests.resolve(database.id() + "/" + damaged.id() + ".json"), "{}");
        Files.createSymbolicLink(manifests.resolve("endless"), manifests);
        forget(damaged);
        forget(lost);

        recording.start();

        assertThat(backups.catalog.snapshots.ids(database.id())).containsExactly(lost.id());
    }

    @Test
    void startWhenTheCatalogDoesNotKnowTheDatabaseLeavesItAlone() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        backups.run(database);
        var unknown = UUID.randomUUID();
        var manifests = backups.catalog.node.repositoryDirectory().orElseThrow().resolve("manifests");
        Files.move(manifests.resolve(database.id().toString()), manifests.resolve(unknown.toString()));

        recording.start();

        assertThat(backups.catalog.snapshots.ids(unknown)).isEmpty();
        assertThat(backups.catalog.snapshots.ids(database.id())).hasSize(1);
    }

    /** As if the process had died between manifest and row. */
    private void forget(Snapshot snapshot) {
        backups.catalog
                .catalog
                .update("DELETE FROM snapshot WHERE id = :id")
                .param("id", snapshot.id().toString())
                .update();
    }
}
