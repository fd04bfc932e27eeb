package dev.afterimage.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.repository.SnapshotGoneException;
import dev.afterimage.repository.format.SnapshotDamagedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of snapshots when somebody meets a problem while reading one. */
class QuarantinesTests {

    @TempDir
    Path dir;

    private TestBackups backups;
    private Quarantines quarantines;
    private Snapshot first;
    private Snapshot second;

    @BeforeEach
    void backUpTwice() throws Exception {
        var clock = new TestClock();
        backups = new TestBackups(dir, clock);
        quarantines = TestCheck.quarantines(backups, clock);
        var orders = backups.database("orders", "CREATE TABLE t (b)", "INSERT INTO t VALUES (randomblob(300000))");
        first = backups.run(orders);
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (randomblob(1000))");
        second = backups.run(orders);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private SnapshotDamagedException damageOf(Snapshot snapshot) {
        return catchThrowableOfType(SnapshotDamagedException.class, () -> backups.content(snapshot));
    }

    private List<Snapshot.State> states() {
        return List.of(first, second).stream()
                .map(snapshot -> backups.catalog.snapshots.get(snapshot.id()).state())
                .toList();
    }

    private int checks(Snapshot snapshot) {
        return backups.catalog.checks.list(snapshot.id()).size();
    }

    @Test
    void metWhenALayerIsDamagedQuarantinesAllThatNeedItOnce() throws Exception {
        backups.damage(first);

        quarantines.met(damageOf(second));
        quarantines.met(damageOf(first));

        assertThat(states()).containsOnly(Snapshot.State.QUARANTINED);
        assertThat(List.of(checks(first), checks(second))).containsOnly(1);
    }

    @Test
    void metWhenTheSnapshotIsQuarantinedAlreadyStillQuarantinesTheOthers() throws Exception {
        quarantines.add(new Damage("orders", null, "an earlier check", List.of(second.id())));
        backups.damage(first);

        quarantines.met(damageOf(second));

        assertThat(states()).containsOnly(Snapshot.State.QUARANTINED);
    }

    @Test
    void metWhenTheLayerIsRightAtTheSecondLookQuarantinesNothing() throws Exception {
        var layer = backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("layers/" + first.databaseId() + "/"
                        + backups.layers(first).getFirst());
        var bytes = Files.readAllBytes(layer);
        backups.damage(first);
        var damaged = damageOf(first);
        Files.write(layer, bytes);

        quarantines.met(damaged);

        assertThat(states()).containsOnly(Snapshot.State.AVAILABLE);
        assertThat(checks(first)).isZero();
    }

    @Test
    void metWhenTheManifestIsDamagedQuarantinesItsSnapshotOnly() throws Exception {
        Files.writeString(manifest(second), "{}");

        quarantines.met(damageOf(second));

        assertThat(states()).containsExactly(Snapshot.State.AVAILABLE, Snapshot.State.QUARANTINED);
        assertThat(backups.catalog.checks.list(second.id()).getFirst().messages())
                .singleElement()
                .asString()
                .startsWith("manifest: ");
    }

    /** The storage may not be mounted. */
    @Test
    void metWhenTheManifestIsGoneQuarantinesNothing() throws Exception {
        Files.delete(manifest(second));

        quarantines.met(catchThrowableOfType(SnapshotGoneException.class, () -> backups.content(second)));

        assertThat(states()).containsOnly(Snapshot.State.AVAILABLE);
    }

    @Test
    void metWhenTheCatalogDoesNotKnowTheSnapshotDoesNotMind() throws Exception {
        backups.damage(first);
        var damaged = damageOf(first);
        backups.catalog.deletions.finish(backups.catalog.deletions.begin(first.id(), candidate -> {}));
        backups.repository.delete(first.databaseId(), List.of(first.id()));

        quarantines.met(damaged);

        assertThat(checks(second)).isZero();
    }

    private Path manifest(Snapshot snapshot) {
        return backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("manifests/" + snapshot.databaseId() + "/" + snapshot.id() + ".json");
    }
}
