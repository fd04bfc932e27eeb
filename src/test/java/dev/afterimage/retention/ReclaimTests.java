package dev.afterimage.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.FaultyStorage;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When layers go that no snapshot needs, and above all which stay. */
class ReclaimTests {

    private static final Duration GRACE = Duration.ofHours(1);

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();

    private TestBackups backups;
    private Repository repository;
    private Reclaim reclaim;
    private SnapshotRemoval removal;
    private Sweep sweep;
    private Database orders;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        useWith(new LocalStorage(backups.catalog.node.repositoryDirectory().orElseThrow(), 0));
    }

    private void useWith(Storage storage) {
        repository = new Repository(
                new Vault(storage, clock), IndexCache.none(), GRACE, backups.catalog.snapshots::present, clock);
        reclaim = new Reclaim(repository, backups.catalog.unneeded, clock);
        removal = new SnapshotRemoval(backups.catalog.deletions, repository, reclaim);
        sweep = new Sweep(repository, reclaim);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private Snapshot another() throws Exception {
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (1)");
        return backups.run(orders);
    }

    private List<String> layers() {
        return repository.layers(orders.id()).stream()
                .map(layer -> layer.id().toString())
                .toList();
    }

    @Test
    void removeKeepsWhatOnlyItNeededUntilTheGraceIsOver() throws Exception {
        var first = another();
        var second = another();
        var own = backups.layers(second).getLast();

        removal.remove(second.id(), true);

        assertThat(layers()).contains(own);
        assertThat(backups.catalog.unneeded.of(orders.id()))
                .extracting(mark -> mark.layerId().toString())
                .as("what the other one needs is not marked")
                .containsExactly(own);
        clock.advance(GRACE.minusSeconds(1));
        reclaim.settleDue();
        assertThat(layers()).contains(own);
        clock.advance(Duration.ofSeconds(1));
        reclaim.settleDue();
        assertThat(layers()).containsExactlyElementsOf(backups.layers(first));
        assertThat(backups.catalog.unneeded.of(orders.id())).isEmpty();
    }

    @Test
    void settleWhenTheClockWasAheadWaitsForTheGraceFromNowOn() throws Exception {
        var first = another();
        var second = another();
        clock.advance(Duration.ofDays(400));
        removal.remove(second.id(), true);
        clock.advance(Duration.ofDays(-400));

        reclaim.settleDue();
        assertThat(layers()).contains(backups.layers(first).getLast()).hasSizeGreaterThan(1);
        clock.advance(GRACE);
        reclaim.settleDue();

        assertThat(layers()).containsExactlyElementsOf(backups.layers(first));
    }

    @Test
    void pruneTellsWhatIsFreedAndWhatOfItWaits() throws Exception {
        another();
        var second = another();
        var prune = new Prune(
                TestRemoval.plans(backups, clock),
                removal,
                backups.catalog.totals,
                sweep,
                new DailyCompaction(repository, reclaim, clock),
                backups.catalog.unneeded);
        Files.delete(manifest(second));
        backups.catalog.deletions.begin(second.id(), candidate -> {});
        backups.catalog.deletions.unfinished().forEach(backups.catalog.deletions::finish);
        long orphan = Files.size(layer(backups.layers(backups.run(orders)).getFirst()));

        var pruned = prune.run(PruneOrder.ofAll(false, null), PageProgress.NONE);

        assertThat(pruned.bytesSwept()).isPositive().isLessThan(orphan);
        assertThat(pruned.bytesWaiting()).isEqualTo(pruned.bytesSwept());
        assertThat(prune.run(PruneOrder.ofAll(false, null), PageProgress.NONE).bytesSwept())
                .as("what is marked is not found again")
                .isZero();
        assertThat(prune.run(PruneOrder.ofAll(false, Duration.ZERO), PageProgress.NONE)
                        .bytesWaiting())
                .as("whoever asks for it has it at once")
                .isZero();
    }

    @Test
    void settleWhenASnapshotNeedsAMarkedLayerMeanwhileKeepsIt() throws Exception {
        var first = another();
        reclaim.markLayersOf(
                orders.id(), repository.readable(orders.id(), List.of(first.id()))); // as if its deletion had died here
        clock.advance(GRACE.multipliedBy(2));

        reclaim.settleDue();

        assertThat(backups.content(first)).isNotEmpty();
        assertThat(backups.catalog.unneeded.of(orders.id())).isEmpty();
    }

    @Test
    void settleWhenASnapshotIsReadKeepsItsLayersUntilThatEnds() throws Exception {
        var first = another();
        another();
        try (var reader = repository.open(orders.id(), first.id())) {
            removal.remove(first.id(), true);
            Files.delete(manifest(
                    backups.catalog.snapshots.newestAvailable(orders.id(), 1).getFirst()));
            sweepAndWait();
            assertThat(reader.size()).isPositive();
            assertThat(layers())
                    .containsAll(
                            List.of(reader.manifest().layers().getFirst().id().toString()));
        }
    }

    private void sweepAndWait() {
        sweep.all(null);
        clock.advance(GRACE);
        sweep.all(null);
    }

    @Test
    void sweepWhenManifestsAreAwayOrCannotBeReadSkipsTheDatabase() throws Exception {
        var first = another();
        var stored = layers();
        var manifests = manifest(first).getParent();
        var away = Files.move(manifests, dir.resolve("not-mounted"));

        assertThat(sweep.all(null).skipped()).containsExactly(orders.id());
        sweepAndWait();

        assertThat(layers()).containsExactlyElementsOf(stored);
        Files.move(away, manifests);
        Files.writeString(manifests.resolve("0197d0c2-5a00-7000-8000-000000000001.json"), "{}");
        assertThat(sweep.all(null).skipped()).containsExactly(orders.id());
        sweepAndWait();
        assertThat(layers()).containsExactlyElementsOf(stored);
        assertThat(backups.content(first)).isNotEmpty();
    }

    @Test
    void sweepWhenDirectoriesAreLinksSeesTheManifestsBehindThem() throws Exception {
        var first = another();
        var second = another();
        backups.catalog.deletions.begin(second.id(), candidate -> {});
        Files.delete(manifest(second)); // its deletion has died here
        var root = backups.catalog.node.repositoryDirectory().orElseThrow();
        link(manifest(first).getParent(), "manifests-of-one");
        link(root.resolve("manifests"), "manifests");
        link(root.resolve("layers"), "layers");

        sweepAndWait();

        assertThat(layers()).containsExactlyElementsOf(backups.layers(first));
        assertThat(backups.content(first)).isNotEmpty();
    }

    /** A storage that takes nothing more can be emptied. */
    @Test
    void removeWhenTheStorageRefusesEveryPutFreesWhatIsNotNeeded() throws Exception {
        var first = another();
        var second = another();
        useWith(new FaultyStorage(
                new LocalStorage(backups.catalog.node.repositoryDirectory().orElseThrow(), 0), call -> {
                    if (List.of("put", "create", "scratch").contains(call.method())) {
                        throw FaultyStorage.failure();
                    }
                }));

        removal.remove(second.id(), true);
        clock.advance(GRACE);
        reclaim.settleDue();

        assertThat(layers()).containsExactlyElementsOf(backups.layers(first));
    }

    /** Whatever call of the storage fails, no layer goes that is needed, and the next try and sweep complete it. */
    @Test
    void removeWhenAnyCallOfTheStorageFailsIsCompletedLater() throws Exception {
        var kept = another();
        int failures = 0;
        for (int failing = 1; failing <= 12; failing++) {
            var doomed = another();
            int number = failing;
            useWith(new FaultyStorage(
                    new LocalStorage(backups.catalog.node.repositoryDirectory().orElseThrow(), 0), call -> {
                        if (call.number() == number) {
                            throw FaultyStorage.failure();
                        }
                    }));
            try {
                removal.remove(doomed.id(), true);
                clock.advance(GRACE);
                reclaim.settleDue();
            } catch (StorageException.Unreachable e) {
                failures++;
            }
            assertThat(backups.content(kept)).isNotEmpty();
            useWith(new LocalStorage(backups.catalog.node.repositoryDirectory().orElseThrow(), 0));
            removal.completeInterrupted();
            if (backups.catalog.snapshots.find(doomed.id()).isPresent()) { // it had not begun
                removal.remove(doomed.id(), true);
            }
            sweepAndWait(); // which finds the layers of a manifest that could not be read before it was deleted
            assertThat(layers()).as("when call %d failed", failing).containsExactlyElementsOf(backups.layers(kept));
            assertThatThrownBy(() -> backups.content(doomed)).isInstanceOf(RuntimeException.class);
        }
        assertThat(failures).isGreaterThanOrEqualTo(5);
    }

    private Path manifest(Snapshot snapshot) {
        return backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("manifests/%s/%s.json".formatted(orders.id(), snapshot.id()));
    }

    private Path layer(String id) {
        return backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("layers/%s/%s".formatted(orders.id(), id));
    }

    private void link(Path path, String name) throws Exception {
        Files.createSymbolicLink(path, Files.move(path, dir.resolve("elsewhere-" + name)));
    }
}
