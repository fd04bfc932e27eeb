package dev.afterimage.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.RetentionPolicy;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.CheckLevel;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
                                    assertThat(entry.get("damage").toString()).contains("SHA-256");
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

        assertThat(damaged()).hasMessageContaining("missing");
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
        var seen = new HashSet<String>();
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
            assertThatExceptionOfType(RepositoryDamagedException.class)
                    .isThrownBy(() -> check.run(0.05, PageProgress.NONE));
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
        backups.repository.delete(orders.id(), snapshot.id());
        backups.catalog.deletions.finish(backups.catalog.deletions.begin(snapshot.id(), candidate -> {}));
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
    void runWhenTheWholeRepositoryIsAwayQuarantinesNothing() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        var repository = backups.catalog.node.repository();
        Files.move(repository, repository.resolveSibling("not-mounted"));
        Files.createDirectory(repository);

        assertThatExceptionOfType(RepositoryAwayException.class).isThrownBy(() -> check.run(1, PageProgress.NONE));
        assertThat(state(snapshot)).isEqualTo(Snapshot.State.AVAILABLE);
    }

    @Test
    void runWhenAllLayersAreAwayQuarantinesNothing() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        var other = backups.run(backups.database("users", ROWS));
        var layers = backups.catalog.node.repository().resolve("layers");
        Files.move(layers, layers.resolveSibling("not-mounted"));
        Files.createDirectory(layers);

        assertThatExceptionOfType(RepositoryAwayException.class).isThrownBy(() -> check.run(1, PageProgress.NONE));
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
                orders.id(), new RetentionPolicy(1, null, null, null, null, null, null, null, null, ZoneId.of("UTC")));

        clock.advance(Duration.ofDays(13));
        damaged(); // again, which does not count
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

    private RepositoryDamagedException damaged() {
        return catchThrowableOfType(RepositoryDamagedException.class, () -> check.run(1, PageProgress.NONE));
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
        return backups.catalog.node.repository().resolve("layers/" + snapshot.databaseId() + "/" + id);
    }

    private Path manifest(Snapshot snapshot) {
        return backups.catalog
                .node
                .repository()
                .resolve("manifests/" + snapshot.databaseId() + "/" + snapshot.id() + ".json");
    }
}
