package dev.afterimage.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.GroupPlan;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.sqlite.PageProgress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PruneTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Prune prune;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, clock);
        prune = TestRemoval.prune(backups, clock);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void dueWhileTheRepositoryIsAwayIsNotKnownWhereBytesMatter() throws Exception {
        var orders = database("orders");
        backUp(orders, 2);
        var plans = TestRemoval.plans(backups, clock);
        var repository = backups.catalog.node.repositoryDirectory().orElseThrow();
        assertThat(plans.due(orders.id(), Written.policy("maxBytes=1"))).isOne();

        Files.move(repository, dir.resolve("unmounted"));

        assertThat(plans.due(orders.id(), Written.policy("last=1"))).isOne();
        assertThat(plans.due(orders.id(), Written.policy("maxBytes=1"))).isNull();
    }

    /** Databases that keep different numbers of days, and are backed up together. */
    @Test
    void runWhenAnotherDatabaseKeepsItsPartOfAGroupKeepsTheGroupWhole() throws Exception {
        var orders = database("orders");
        var stock = database("stock");
        backUp(orders, 1);
        var groups = List.of(group(orders, stock), group(orders, stock), group(orders, stock));
        backups.catalog.policies.set(orders.id(), Written.policy("last=1"));
        backups.catalog.policies.set(stock.id(), Written.policy("last=2"));

        assertThat(prune.run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE).snapshotsDeleted())
                .isEqualTo(3);

        for (var database : List.of(orders, stock)) {
            assertThat(snapshots(database)).map(Snapshot::groupId).containsExactly(groups.get(2), groups.get(1));
        }
    }

    private UUID group(Database... databases) {
        var members = Stream.of(databases)
                .map(database -> new GroupPlan.Member(database.id(), TimeOrderedId.next(clock)))
                .toList();
        var plan = new GroupPlan(UUID.randomUUID(), members, Map.of(), 0);
        clock.advance(Duration.ofHours(1));
        backups.run(plan);
        return plan.groupId();
    }

    @Test
    void runDeletesWhatThePolicyDoesNotKeepAndTellsWhatThatFrees() throws Exception {
        var orders = database("orders");
        var taken = backUp(orders, 8);
        var other = backUp(database("other"), 2);
        backups.catalog.policies.set(orders.id(), Written.policy("last=3"));
        var contents = contents(taken.subList(5, 8));
        long before = backups.repository.usage(orders.id()).bytes();

        var planned = prune.run(PruneOrder.ofDatabase(orders.id(), true, null), PageProgress.NONE);
        assertThat(snapshots(orders)).as("a dry run changes nothing").hasSize(8);
        assertThat(backups.repository.usage(orders.id()).bytes()).isEqualTo(before);

        var pruned = prune.run(PruneOrder.ofDatabase(orders.id(), false, null), PageProgress.NONE);

        assertThat(pruned).isEqualTo(planned.plusCompacted(pruned.bytesCompacted()));
        assertThat(pruned.snapshotsDeleted()).isEqualTo(5);
        assertThat(pruned.kept()).isEqualTo(3);
        assertThat(pruned.bytesFreed()).isPositive();
        assertThat(pruned.bytesCompacted()).isPositive();
        assertThat(pruned.bytesFreed() + pruned.bytesCompacted())
                .isEqualTo(before - backups.repository.usage(orders.id()).bytes());
        assertThat(snapshots(orders)).isEqualTo(taken.reversed().subList(0, 3));
        assertThat(contents(taken.subList(5, 8))).isEqualTo(contents);
        assertThat(snapshots(other.getFirst().databaseId())).hasSize(2);
        assertThat(prune.run(PruneOrder.ofAll(false, null), PageProgress.NONE)).isEqualTo(new Pruned(0, 5, 0, 0, 0, 0));
    }

    @Test
    void runWhenSnapshotsWentCompactsWhatTheOthersHaveInCommonOnceADay() throws Exception {
        var orders = database("orders");
        var taken = backUp(orders, 8);
        backups.catalog.policies.set(orders.id(), Written.policy("last=3"));
        var contents = contents(taken.subList(5, 8));

        assertThat(prune.run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE).bytesCompacted())
                .isPositive();
        assertThat(contents(taken.subList(5, 8))).isEqualTo(contents);

        backUp(orders, 4);
        assertThat(prune.run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE).bytesCompacted())
                .as("the same day")
                .isZero();
        backUp(orders, 4);
        clock.advance(Duration.ofDays(1));
        assertThat(prune.run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE).bytesCompacted())
                .isPositive();
    }

    @Test
    void runWhenALayerIsDamagedDeletesAllTheSame() throws Exception {
        var orders = database("orders");
        var taken = backUp(orders, 8);
        backups.catalog.policies.set(orders.id(), Written.policy("last=3"));
        var manifest = backups.repository.find(orders.id(), taken.get(6).id()).orElseThrow();
        var layer = backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve(ObjectKeys.layer(
                        orders.id(), manifest.layers().getFirst().id()));
        Files.write(layer, new byte[100]);

        var pruned = prune.run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE);

        assertThat(pruned.snapshotsDeleted()).isEqualTo(5);
        assertThat(pruned.bytesCompacted()).isZero();
    }

    private List<ByteBuffer> contents(List<Snapshot> snapshots) {
        return snapshots.stream().map(backups::content).map(ByteBuffer::wrap).toList();
    }

    @Test
    void runWhenMaxBytesIsExceededDropsTheOldestUntilTheRepositoryHasNoMore() throws Exception {
        var orders = database("orders");
        var taken = backUp(orders, 6);
        long all = backups.repository.usage(orders.id()).bytes();
        backups.catalog.policies.set(orders.id(), Written.policy("maxBytes=" + all));
        assertThat(prune.run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE).snapshotsDeleted())
                .isZero();
        backups.catalog.policies.set(orders.id(), Written.policy("maxBytes=" + (all - 1)));

        assertThat(prune.run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE).snapshotsDeleted())
                .isEqualTo(1);

        assertThat(snapshots(orders)).isEqualTo(taken.reversed().subList(0, 5));
        assertThat(backups.repository.usage(orders.id()).bytes()).isLessThan(all);
    }

    @Test
    void runWithoutAPolicyDeletesWhatHasExpiredButPinnedOnesAndTheLastThatPassed() throws Exception {
        var taken = backUp(database("orders"), 4);
        check(taken.get(0), true);
        taken.forEach(this::expire);
        backups.catalog.snapshots.change(taken.get(1).id(), null, true, false, null);
        assertThat(TestRemoval.plans(backups, clock).anyDue()).as("not yet").isFalse();
        clock.advance(Duration.ofDays(2));
        assertThat(TestRemoval.plans(backups, clock).anyDue()).isTrue();

        prune.run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE);

        assertThat(ids(snapshots(taken.getFirst().databaseId())))
                .containsExactly(taken.get(1).id(), taken.get(0).id());
        assertThat(TestRemoval.plans(backups, clock).anyDue()).isFalse();
    }

    @Test
    void runWhenTheDatabaseWasRemovedDeletesOnlyWhatHasExpired() throws Exception {
        var orders = database("orders");
        var taken = backUp(orders, 4);
        backups.catalog.policies.set(orders.id(), Written.policy("last=1"));
        backups.catalog.policies.setDefault(Written.policy("last=1"));
        expire(taken.get(2));
        backups.catalog.databases.remove(orders);
        clock.advance(Duration.ofDays(2));

        assertThat(prune.run(PruneOrder.ofAll(false, null), PageProgress.NONE).snapshotsDeleted())
                .isEqualTo(1);

        assertThat(ids(snapshots(orders)))
                .containsExactly(
                        taken.get(3).id(), taken.get(1).id(), taken.get(0).id());
    }

    @Test
    void runWhenThePolicyIsCorrectedMeanwhileGoesByTheNewOne() throws Exception {
        var orders = database("orders");
        backUp(orders, 30);
        backups.catalog.policies.set(orders.id(), Written.policy("last=1"));

        var pruned = prune.run(PruneOrder.ofAllThatIsDue(), (done, total) -> {
            if (snapshots(orders).size() < 30) {
                backups.catalog.policies.set(orders.id(), Written.policy("last=8"));
            }
        });

        assertThat(snapshots(orders))
                .as("20 were gone by then, and two more go")
                .hasSize(8);
        assertThat(pruned).extracting(Pruned::snapshotsDeleted, Pruned::kept).containsExactly(22L, 8L);
    }

    @Test
    void runWhenASnapshotChangesAfterThePlanLeavesItToTheNextOne() throws Exception {
        var orders = database("orders");
        var taken = backUp(orders, 30);
        backups.catalog.policies.set(orders.id(), Written.policy("last=1"));
        var pinned = taken.get(28).id();

        prune.run(
                PruneOrder.ofDatabase(orders.id(), false, null),
                duringDeletion(orders, () -> backups.catalog.snapshots.change(pinned, null, true, false, null)));

        assertThat(ids(snapshots(orders))).containsExactly(taken.get(29).id(), pinned);
    }

    @Test
    void runWhenCancelledKeepsWhatWasNotDeletedYetWhole() throws Exception {
        var orders = database("orders");
        var taken = backUp(orders, 30);
        backups.catalog.policies.set(orders.id(), Written.policy("last=1"));

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(
                        () -> prune.run(PruneOrder.ofDatabase(orders.id(), false, null), duringDeletion(orders, () -> {
                            throw new CancellationException();
                        })));

        assertThat(snapshots(orders)).isEqualTo(taken.reversed().subList(0, 10));
        assertThat(backups.repository.snapshotIds(orders.id())).hasSize(10);
        assertThat(backups.catalog.deletions.unfinished()).isEmpty();
    }

    /** Does something once, when some snapshots are gone and others are not. */
    private PageProgress duringDeletion(Database database, Runnable action) {
        return (done, total) -> {
            int left = snapshots(database).size();
            if (left > 1 && left < 30) {
                action.run();
            }
        };
    }

    @Test
    void runWhenADeletionWasInterruptedCompletesIt() throws Exception {
        var orders = database("orders");
        var taken = backUp(orders, 3);
        backups.catalog.deletions.begin(taken.getFirst().id(), candidate -> {});

        prune.run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE);

        assertThat(backups.catalog.deletions.unfinished()).isEmpty();
        assertThat(backups.repository.snapshotIds(orders.id())).hasSize(2);
    }

    @Test
    void runSweepsLayersThatNoSnapshotNames() throws Exception {
        var orders = database("orders");
        var taken = backUp(orders, 2);
        var other = backUp(database("other"), 2);
        long abandoned = abandonLayer(taken.getLast()) + abandonLayer(other.getLast());
        clock.advance(Duration.ofDays(2));
        assertThat(prune.run(PruneOrder.ofAllThatIsDue(), PageProgress.NONE).bytesSwept())
                .isZero();
        assertThat(prune.run(PruneOrder.ofAll(true, null), PageProgress.NONE).bytesSwept())
                .isZero();

        long swept = prune.run(PruneOrder.ofDatabase(orders.id(), false, null), PageProgress.NONE)
                .bytesSwept();
        assertThat(swept).isPositive().isLessThan(abandoned);
        assertThat(prune.run(PruneOrder.ofAll(false, null), PageProgress.NONE).bytesSwept())
                .isEqualTo(abandoned - swept);
        assertThat(backups.content(taken.getFirst())).isNotEmpty();
    }

    /** Its manifest is gone, its layers are not, as if a crash had been in between. Returns the bytes of its own layer. */
    private long abandonLayer(Snapshot snapshot) throws Exception {
        var home = backups.catalog.node.repositoryDirectory().orElseThrow();
        var own = home.resolve("layers/" + snapshot.databaseId() + "/"
                + backups.layers(snapshot).getLast());
        Files.delete(home.resolve("manifests/" + snapshot.databaseId() + "/" + snapshot.id() + ".json"));
        backups.catalog.deletions.finish(backups.catalog.deletions.begin(snapshot.id(), candidate -> {}));
        Files.setLastModifiedTime(own, FileTime.from(clock.instant()));
        return Files.size(own);
    }

    @Test
    void runWhenASnapshotIsBeingReadLetsTheReaderGoOn() throws Exception {
        var orders = database("orders");
        var taken = backUp(orders, 3);
        backups.catalog.policies.set(orders.id(), Written.policy("last=1"));
        var content = backups.content(taken.getFirst());

        try (var reader = backups.repository.open(orders.id(), taken.getFirst().id())) {
            var pruned = prune.run(PruneOrder.ofDatabase(orders.id(), false, null), PageProgress.NONE);
            assertThat(pruned.snapshotsDeleted()).isEqualTo(2);
            assertThat(Channels.newInputStream(reader).readAllBytes()).isEqualTo(content);
        }
    }

    @Test
    void runWhenABackupBuildsOnWhatGoesLeavesItsSnapshotWhole() throws Exception {
        var orders = database("orders");
        var parents = backUp(orders, 3);
        check(parents.getFirst(), true);
        parents.forEach(this::expire);
        clock.advance(Duration.ofDays(2));
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (zeroblob(5000))");
        var pruned = new ArrayList<Pruned>();

        var snapshot = backups.run(orders, TimeOrderedId.next(clock), (done, total) -> {
            if (pruned.isEmpty()) {
                pruned.add(prune.run(PruneOrder.ofAll(false, null), PageProgress.NONE));
            }
        });

        assertThat(pruned.getFirst().snapshotsDeleted()).isEqualTo(2);
        assertThat(backups.layers(snapshot))
                .as("it builds on the newest, which is gone")
                .containsAll(parentLayersThatStayed(orders));
        assertThat(backups.layers(snapshot)).hasSizeGreaterThan(1);
        assertThat(backups.content(snapshot)).isEqualTo(fileOf(orders));
    }

    private List<String> parentLayersThatStayed(Database database) {
        return backups.repository.layers(database.id()).stream()
                .map(layer -> layer.id().toString())
                .toList();
    }

    /** With the WAL written into it. */
    private static byte[] fileOf(Database database) throws Exception {
        TestBackups.execute(database.path(), "PRAGMA wal_checkpoint(TRUNCATE)");
        return Files.readAllBytes(database.path());
    }

    private Database database(String name) throws Exception {
        return backups.database(
                name,
                "CREATE TABLE t (v)",
                "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                        + " SELECT randomblob(500) FROM n");
    }

    /** So many snapshots, oldest first, an hour apart; each has a row more than the one before. */
    private List<Snapshot> backUp(Database database, int times) throws Exception {
        var taken = new ArrayList<Snapshot>();
        for (int i = 0; i < times; i++) {
            TestBackups.execute(database.path(), "INSERT INTO t VALUES (randomblob(3000))");
            clock.advance(Duration.ofHours(1));
            taken.add(backups.run(database));
        }
        return taken;
    }

    private void expire(Snapshot snapshot) {
        Instant tomorrow = clock.instant().plus(Duration.ofDays(1));
        backups.catalog.snapshots.change(snapshot.id(), null, null, true, tomorrow);
    }

    private void check(Snapshot snapshot, boolean passed) {
        var now = clock.instant();
        backups.catalog.checks.add(
                new SnapshotCheck(TimeOrderedId.next(clock), snapshot.id(), "FULL", passed, now, now, List.of()));
    }

    private List<Snapshot> snapshots(Database database) {
        return snapshots(database.id());
    }

    private List<Snapshot> snapshots(UUID databaseId) {
        return backups.catalog.snapshots.all(databaseId);
    }

    private static List<UUID> ids(List<Snapshot> snapshots) {
        return snapshots.stream().map(Snapshot::id).toList();
    }
}
