package dev.afterimage.check;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.CatalogCopy;
import dev.afterimage.catalog.snapshots.RetentionPolicy;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RepositoryCheckTests {

    private static final String[] ROWS = {"CREATE TABLE t (b)", "INSERT INTO t VALUES (randomblob(300000))"};

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private RepositoryCheck check;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, clock);
        check = TestCheck.ofRepository(backups, clock);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void runWhenACopyOfTheCatalogIsDamagedTellsWhichAndHitsNoSnapshot() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        backups.copies.take(CatalogCopy.Reason.DAILY);
        clock.advance(Duration.ofHours(1));
        var damaged = backups.copies.take(CatalogCopy.Reason.DAILY);
        var file = backups.catalog.node.repositoryDirectory().orElseThrow().resolve(damaged.key());
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);

        var found = catchThrowableOfType(ProblemException.class, () -> check.run(1, PageProgress.NONE));

        assertThat(found.code()).isEqualTo(ProblemCode.REPOSITORY_DAMAGED);
        assertThat(found.problem().properties().get("damaged"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .singleElement()
                .asString()
                .contains(damaged.key(), "its SHA-256 is", "snapshots=[]")
                .doesNotContain("database=");
        assertThat(backups.catalog.snapshots.get(snapshot.id()).state()).isEqualTo(Snapshot.State.AVAILABLE);
    }

    @Test
    void runWhenAllIsWellHasReadAllLayers() throws Exception {
        var orders = backups.database("orders", ROWS);
        var first = backups.run(orders);
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (randomblob(100000))");
        var second = backups.run(orders);
        var other = backups.run(backups.database("users", ROWS));

        var checked = check.run(1, PageProgress.NONE);

        assertThat(checked.layersChecked()).isEqualTo(3);
        assertThat(checked.bytesChecked())
                .isEqualTo(layerBytes(first) + layerBytes(second) - layerBytes(first) + layerBytes(other));
        assertThat(checked.damaged()).isEmpty();
        assertThat(backups.catalog.checks.list(second.id())).isEmpty();
    }

    @Test
    void runWhenALayerIsDamagedQuarantinesAllSnapshotsThatNeedIt() throws Exception {
        var orders = backups.database("orders", ROWS);
        var first = backups.run(orders);
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (randomblob(100000))");
        var second = backups.run(orders);
        var other = backups.run(backups.database("users", ROWS));
        backups.damage(first);

        var damaged = damaged();

        var layer = backups.layers(first).getFirst();
        assertThat(damaged.problem().properties())
                .containsEntry("layersChecked", 3)
                .hasEntrySatisfying(
                        "damaged",
                        list -> assertThat(list)
                                .asInstanceOf(InstanceOfAssertFactories.LIST)
                                .singleElement()
                                .satisfies(one -> {
                                    var entry = (Map<?, ?>) one;
                                    assertThat(entry.get("layer")).isEqualTo(layer);
                                    assertThat(entry.get("database")).isEqualTo("orders");
                                    assertThat(entry.get("damage").toString())
                                            .contains("block 0, at byte 64, is not what was written");
                                    assertThat((List<?>) entry.get("snapshots"))
                                            .isEqualTo(List.of(
                                                    first.id().toString(),
                                                    second.id().toString()));
                                }));
        for (var hit : List.of(first, second)) {
            assertThat(state(hit)).isEqualTo(Snapshot.State.QUARANTINED);
            assertThat(backups.catalog.checks.list(hit.id())).singleElement().satisfies(found -> {
                assertThat(found.level()).isEqualTo("REPOSITORY");
                assertThat(found.messages()).singleElement().asString().contains(layer);
            });
        }
        assertThat(state(other)).isEqualTo(Snapshot.State.AVAILABLE);
    }

    @Test
    void runWhenALayerIsGoneSaysSo() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        backups.run(backups.database("users", ROWS));
        Files.delete(layer(snapshot, backups.layers(snapshot).getFirst()));

        var damaged = damaged();
        assertThat(damaged).hasMessageContaining("missing");
        assertThat(damaged.problem().properties().get("damaged"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .as("it is told once, and not read besides")
                .hasSize(1);
        assertThat(damaged.problem().properties()).containsEntry("layersChecked", 1);
        assertThat(state(snapshot)).isEqualTo(Snapshot.State.QUARANTINED);
    }

    @Test
    void runWhenManifestsAreDamagedOrGoneQuarantinesTheirSnapshots() throws Exception {
        var orders = backups.database("orders", ROWS);
        var good = backups.run(orders);
        var unreadable = backups.run(orders);
        var gone = backups.run(orders);
        var deleted = backups.run(orders);
        Files.writeString(manifest(unreadable), "{}");
        Files.delete(manifest(gone));
        backups.catalog.deletions.begin(deleted.id(), candidate -> {});
        Files.delete(manifest(deleted));

        assertThat(damaged().problem().properties().get("damaged"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .hasSize(2);

        assertThat(state(good)).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(state(unreadable)).isEqualTo(Snapshot.State.QUARANTINED);
        assertThat(state(gone)).isEqualTo(Snapshot.State.QUARANTINED);
    }

    @Test
    void runWhenOnlyASampleIsReadGetsAroundToAllLayers() throws Exception {
        var snapshots = new ArrayList<Snapshot>();
        for (int i = 0; i < 5; i++) {
            snapshots.add(backups.run(backups.database("orders-" + i, ROWS)));
        }
        var seen = new HashSet<UUID>();
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofMinutes(1));
            assertThat(check.run(0.05, PageProgress.NONE).layersChecked()).isEqualTo(1);
            for (var snapshot : snapshots) {
                seen.addAll(backups.catalog
                        .layerChecks
                        .checkedAt(snapshot.databaseId())
                        .keySet());
            }
            assertThat(seen).hasSize(i + 1);
        }
        backups.damage(snapshots.get(3));
        for (int i = 0; i < 5; i++) {
            clock.advance(Duration.ofMinutes(1));
            catchThrowable(() -> check.run(0.05, PageProgress.NONE));
        }
        assertThat(snapshots).extracting(this::state).containsOnlyOnce(Snapshot.State.QUARANTINED);
    }

    @Test
    void runWhenDamageIsKnownTellsItAgainAndGetsAroundToTheOthers() throws Exception {
        var damaged = backups.run(backups.database("damaged", ROWS));
        var others = List.of(backups.run(backups.database("a", ROWS)), backups.run(backups.database("b", ROWS)));
        backups.damage(damaged);
        damaged();
        for (var other : others) {
            clock.advance(Duration.ofMinutes(1));
            var before = clock.instant();
            assertThatProblem(ProblemCode.REPOSITORY_DAMAGED).isThrownBy(() -> check.run(0.05, PageProgress.NONE));
            assertThat(others)
                    .filteredOn(one -> backups.catalog
                            .layerChecks
                            .checkedAt(one.databaseId())
                            .containsValue(before))
                    .as("a layer beside the damaged one, such as that of " + other.databaseName())
                    .hasSize(1);
        }
    }

    @Test
    void runWhenALayerIsGoneForgetsItsCheck() throws Exception {
        var orders = backups.database("orders", ROWS);
        var snapshot = backups.run(orders);
        check.run(1, PageProgress.NONE);
        assertThat(backups.catalog.layerChecks.checkedAt(orders.id())).hasSize(1);
        var deletion = backups.catalog.deletions.begin(snapshot.id(), candidate -> {});
        backups.repository.delete(orders.id(), List.of(snapshot.id()));
        backups.catalog.deletions.finish(deletion);
        backups.run(backups.database("users", ROWS));
        check.run(1, PageProgress.NONE);
        assertThat(backups.catalog.layerChecks.checkedAt(orders.id())).isEmpty();
    }

    @Test
    void runWhenNoManifestNeedsADamagedLayerDoesNotMind() throws Exception {
        var orders = backups.database("orders", ROWS);
        backups.run(orders);
        var leftover = layer(backups.run(orders), "ab".repeat(32));
        Files.writeString(leftover, "half a layer, whose process died");

        assertThat(check.run(1, PageProgress.NONE).damaged()).isEmpty();
    }

    @Test
    void runWhenLayersCannotBeReadTellsItQuarantinesNothingAndGetsAroundToTheOthers() throws Exception {
        var unreadable = backups.run(backups.database("unreadable", ROWS));
        var listed = backups.run(backups.database("listed", ROWS));
        var others = List.of(backups.run(backups.database("a", ROWS)), backups.run(backups.database("b", ROWS)));
        replaceByUnreadableFile(layer(unreadable, backups.layers(unreadable).getFirst()));
        var directory = layer(listed, backups.layers(listed).getFirst());
        Files.delete(directory);
        Files.createDirectory(directory);

        var found = findings();

        assertThat(found.code()).isEqualTo(ProblemCode.REPOSITORY_UNREADABLE);
        assertThat(found.problem().properties())
                .containsEntry("damaged", List.of())
                .hasEntrySatisfying(
                        "unreadable",
                        list -> assertThat(list.toString())
                                .contains(
                                        unreadable.id().toString(), listed.id().toString())
                                .contains("Invalid argument"));
        for (var other : others) {
            clock.advance(Duration.ofMinutes(1));
            var now = clock.instant();
            catchThrowable(() -> check.run(0.05, PageProgress.NONE));
            assertThat(others)
                    .filteredOn(one -> backups.catalog
                            .layerChecks
                            .checkedAt(one.databaseId())
                            .containsValue(now))
                    .as("a layer beside the unreadable ones, such as that of " + other.databaseName())
                    .hasSize(1);
        }
        assertThat(List.of(unreadable, listed)).extracting(this::state).containsOnly(Snapshot.State.AVAILABLE);
    }

    @Test
    void runWhenAManifestOrAllOfADatabaseCannotBeReadLooksAtTheRest() throws Exception {
        var first = backups.run(backups.database("first", ROWS));
        var second = backups.run(backups.database("second", ROWS));
        var damaged = backups.run(backups.database("third", ROWS));
        replaceByUnreadableFile(manifest(first));
        var layers = layer(second, "x").getParent();
        Files.move(layers, layers.resolveSibling("moved"));
        Files.createSymbolicLink(layers, layers.resolveSibling("not-mounted"));
        backups.damage(damaged);

        var found = findings();

        assertThat(found.code()).isEqualTo(ProblemCode.REPOSITORY_DAMAGED);
        assertThat(found.problem().properties().get("unreadable"))
                .asInstanceOf(InstanceOfAssertFactories.LIST)
                .hasSize(2);
        assertThat(state(first)).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(state(second)).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(state(damaged)).isEqualTo(Snapshot.State.QUARANTINED);
    }

    @Test
    void backupWhenItsParentCannotBeReadIsStoredInFull() throws Exception {
        var orders = backups.database("orders", ROWS);
        var parent = backups.run(orders);
        var layer = layer(parent, backups.layers(parent).getFirst());
        Files.delete(layer);
        Files.createSymbolicLink(layer, layer.getFileName()); // ELOOP

        var next = backups.run(orders);

        assertThat(next.capture().notes()).singleElement().asString().contains("cannot be read");
        assertThat(backups.layers(next)).hasSize(1);
        assertThat(state(parent)).isEqualTo(Snapshot.State.AVAILABLE);
    }

    /** By one that is there, has bytes, and whose reads fail, as with a bad sector. */
    private static void replaceByUnreadableFile(Path file) throws IOException {
        var failing = Path.of("/sys/class/net/lo/speed");
        assumeTrue(Files.isRegularFile(failing), "Linux has no /sys/class/net/lo/speed here, whose reads fail");
        assumeThat(catchThrowable(() -> Files.readString(failing))).isInstanceOf(IOException.class);
        Files.delete(file);
        Files.createSymbolicLink(file, failing);
    }

    @Test
    void runWhenAllLayersAreAwayQuarantinesNothing() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        var other = backups.run(backups.database("users", ROWS));
        var layers = backups.catalog.node.repositoryDirectory().orElseThrow().resolve("layers");
        Files.move(layers, layers.resolveSibling("not-mounted"));
        Files.createDirectory(layers);

        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE, "none of the layers")
                .isThrownBy(() -> check.run(1, PageProgress.NONE));
        assertThat(state(snapshot)).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(state(other)).isEqualTo(Snapshot.State.AVAILABLE);
    }

    @Test
    void runWhenDamageOfOldSnapshotsIsFoundAPruneLeavesThemForTwoWeeks() throws Exception {
        var orders = backups.database("orders", ROWS);
        var damaged = backups.run(orders);
        backups.damage(damaged);
        clock.advance(Duration.ofDays(20));
        damaged();
        var passed = backups.run(orders);
        TestCheck.on(backups, clock).run(passed.id(), CheckLevel.QUICK, backups.staging(), PageProgress.NONE);
        backups.catalog.policies.set(
                orders.id(),
                new RetentionPolicy(1, null, null, null, null, null, null, List.of(), null, null, ZoneId.of("UTC")));

        clock.advance(Duration.ofDays(13));
        findings(); // again, which does not count
        prune();
        assertThat(backups.catalog.snapshots.find(damaged.id())).isPresent();
        clock.advance(Duration.ofDays(2));
        prune();
        assertThat(backups.catalog.snapshots.find(damaged.id())).isEmpty();
    }

    private void prune() {
        TestRemoval.prune(backups, clock).run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE);
    }

    @Test
    void runWhenCancelledStopsInTheMiddleOfALayer() throws Exception {
        backups.run(backups.database("orders", "CREATE TABLE t (b)", "INSERT INTO t VALUES (randomblob(5000000))"));
        var reports = new ArrayList<Long>();
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> check.run(1, (done, total) -> {
                    reports.add(done);
                    if (done > total / 2 && total > 100) {
                        throw new CancellationException();
                    }
                }));
        assertThat(reports).hasSizeGreaterThan(3);
    }

    @Test
    void fullCheckOfWhatWasMendedLiftsTheQuarantine() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        var layer = layer(snapshot, backups.layers(snapshot).getFirst());
        var bytes = Files.readAllBytes(layer);
        backups.damage(snapshot);
        damaged();
        Files.write(layer, bytes);

        TestCheck.on(backups, clock).run(snapshot.id(), CheckLevel.FULL, backups.staging(), PageProgress.NONE);

        assertThat(state(snapshot)).isEqualTo(Snapshot.State.AVAILABLE);
    }

    private ProblemException damaged() {
        var found = findings();
        assertThat(found.code()).isEqualTo(ProblemCode.REPOSITORY_DAMAGED);
        return found;
    }

    private ProblemException findings() {
        return catchThrowableOfType(ProblemException.class, () -> check.run(1, PageProgress.NONE));
    }

    private Snapshot.State state(Snapshot snapshot) {
        return backups.catalog.snapshots.get(snapshot.id()).state();
    }

    private long layerBytes(Snapshot snapshot) throws IOException {
        long bytes = 0;
        for (var id : backups.layers(snapshot)) {
            bytes += Files.size(layer(snapshot, id));
        }
        return bytes;
    }

    private Path layer(Snapshot snapshot, String id) {
        return backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("layers/" + snapshot.databaseId() + "/" + id);
    }

    private Path manifest(Snapshot snapshot) {
        return backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("manifests/" + snapshot.databaseId() + "/" + snapshot.id() + ".json");
    }
}
