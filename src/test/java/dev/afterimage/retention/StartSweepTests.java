package dev.afterimage.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartSweepTests {

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();

    private TestBackups backups;
    private StartSweep start;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, clock);
        start = new StartSweep(TestRemoval.on(backups, clock), TestRemoval.sweep(backups, clock));
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
        backups.repository.delete(database.id(), List.of(halfGone.id()));

        start.start();

        assertThat(backups.repository.snapshotIds(database.id())).containsExactly(kept.id());
        assertThat(backups.catalog.snapshots.ids(database.id())).containsExactly(kept.id());
        assertThat(backups.content(kept)).isNotEmpty();
    }

    /** As of a list that is short, or of a manifest that somebody puts back. */
    @Test
    void startAndPruneWhenAManifestOfTheCatalogIsNotThereKeepItsLayersHoweverOld() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var snapshot = backups.run(database);
        TestBackups.execute(database.path(), "INSERT INTO t VALUES (1)");
        var other = backups.run(database);
        var content = backups.content(snapshot);
        var manifest = backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("manifests/%s/%s.json".formatted(database.id(), snapshot.id()));
        var away = Files.move(manifest, dir.resolve("manifest"));
        clock.advance(Duration.between(clock.instant(), Instant.now()).plusDays(30)); // files have the real time

        start.start();
        TestRemoval.on(backups).remove(other.id(), true);
        assertThat(TestRemoval.sweep(backups, clock)
                        .of(List.of(database.id()), null)
                        .skipped())
                .containsExactly(database.id());

        Files.move(away, manifest);
        assertThat(backups.content(snapshot)).isEqualTo(content);
        assertThat(TestRemoval.sweep(backups, clock)
                        .of(List.of(database.id()), null)
                        .skipped())
                .isEmpty();
        assertThat(backups.content(snapshot)).isEqualTo(content);
    }

    @Test
    void startWhenTheStorageFailsGoesOn() throws Exception {
        var database = backups.database("orders", "CREATE TABLE t (v)");
        var snapshot = backups.run(database);
        backups.catalog.deletions.begin(snapshot.id(), candidate -> {});
        var manifests = backups.catalog.node.repositoryDirectory().orElseThrow().resolve("manifests/" + database.id());
        var endless = Files.createSymbolicLink(manifests.resolve("endless"), manifests);

        start.start();

        assertThat(start.isRunning()).isTrue();
        assertThat(backups.catalog.deletions.unfinished()).hasSize(1);
        Files.delete(endless);
        start.start();
        assertThat(backups.catalog.deletions.unfinished()).isEmpty();
    }
}
