package dev.afterimage.repair;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.SecondJvm;
import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.CatalogCopy;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.check.CheckFailedException;
import dev.afterimage.check.TestCheck;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A repository that has lost something, and copies of it. */
class RepairTests {

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();

    private TestBackups backups;
    private Database orders;
    private Path own;
    private Path disk;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        own = backups.catalog.node.repositoryDirectory().orElseThrow();
        disk = dir.resolve("elsewhere/disk");
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private Snapshot another() throws Exception {
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (hex(randomblob(20000)))");
        clock.advance(Duration.ofMinutes(1));
        return backups.run(orders);
    }

    private static void copy(Path from, Path to) throws IOException {
        for (var object : objects(from).entrySet()) {
            var file = to.resolve(object.getKey());
            Files.createDirectories(file.getParent());
            Files.write(file, object.getValue().array());
        }
    }

    private static Map<String, ByteBuffer> objects(Path root) throws IOException {
        var objects = new TreeMap<String, ByteBuffer>();
        try (var files = Files.walk(root)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                objects.put(root.relativize(file).toString(), ByteBuffer.wrap(Files.readAllBytes(file)));
            }
        }
        return objects;
    }

    private Repair repair(String... copies) {
        var storage = new LocalStorage(own, 0, backups.catalog.adoptions::current);
        return TestRepair.from(backups, storage, disk.getParent(), List.of(copies), clock);
    }

    private Repaired run() {
        return repair("disk").run(new RepairOrder(null, false), backups.staging(), PageProgress.NONE);
    }

    private Path layer(Path root, Snapshot snapshot, int number) {
        return root.resolve(
                "layers/%s/%s".formatted(orders.id(), backups.layers(snapshot).get(number)));
    }

    private Path manifest(Path root, Snapshot snapshot) {
        return root.resolve("manifests/%s/%s.json".formatted(orders.id(), snapshot.id()));
    }

    private static void damage(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
    }

    private void checkRepository() {
        assertThatProblem(ProblemCode.REPOSITORY_DAMAGED)
                .isThrownBy(() -> TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE));
    }

    private Snapshot now(Snapshot snapshot) {
        return backups.catalog.snapshots.get(snapshot.id());
    }

    @Test
    void runWhenObjectsAreDamagedOrMissingPutsThemBackByteForByteAndLiftsTheQuarantines() throws Exception {
        var first = another();
        var second = another();
        var third = another();
        var fourth = another();
        TestCheck.on(backups, clock).run(second.id(), CheckLevel.FULL, backups.staging(), PageProgress.NONE);
        var proven = now(second);
        copy(own, disk);
        var whole = objects(own);
        damage(layer(own, first, 0));
        Files.delete(layer(own, third, backups.layers(third).size() - 1));
        damage(manifest(own, third));
        Files.delete(manifest(own, fourth));
        checkRepository();
        assertThat(now(second).state()).isEqualTo(Snapshot.State.QUARANTINED);

        var repaired = run();

        assertThat(objects(own)).isEqualTo(whole);
        assertThat(repaired.from()).singleElement().satisfies(from -> {
            assertThat(from.copy()).isEqualTo("disk");
            assertThat(from.objects()).isEqualTo(4);
        });
        assertThat(repaired.snapshotsBroughtBack()).containsExactlyInAnyOrder(third.id(), fourth.id());
        assertThat(repaired.snapshotsMended()).containsExactly(first.id(), second.id(), third.id(), fourth.id());
        assertThat(now(second)).isEqualTo(proven);
        assertThat(now(first).verification()).isEqualTo(Snapshot.Verification.UNVERIFIED);
        assertThat(now(fourth).proof().fullCheckAt()).isEqualTo(proven.proof().fullCheckAt());
        TestCheck.ofRepository(backups, clock).run(1, PageProgress.NONE);
    }

    @Test
    void runWhenNothingIsWrongChangesNothing() throws Exception {
        another();
        copy(own, disk);
        var whole = objects(own);

        assertThat(run().from()).isEmpty();

        assertThat(objects(own)).isEqualTo(whole);
    }

    @Test
    void dryRunTellsWhatItWouldPutBackAndChangesNothing() throws Exception {
        var first = another();
        var second = another();
        copy(own, disk);
        damage(layer(own, first, 0));
        Files.delete(manifest(own, second));
        checkRepository();
        var before = objects(own);

        var repaired = repair("disk").run(new RepairOrder(null, true), backups.staging(), PageProgress.NONE);

        assertThat(repaired.objects()).isEqualTo(2);
        assertThat(repaired.snapshotsMended()).containsExactly(first.id(), second.id());
        assertThat(objects(own)).isEqualTo(before);
        assertThat(now(first).state()).isEqualTo(Snapshot.State.QUARANTINED);
    }

    @Test
    void runWhenACopyIsDamagedTakesTheNextAndNeverTouchesWhatNobodyHasWhole() throws Exception {
        var first = another();
        var second = another();
        copy(own, disk);
        copy(own, disk.resolveSibling("other"));
        damage(layer(own, first, 0));
        damage(layer(own, second, 1));
        damage(layer(disk, first, 0));
        damage(layer(disk, second, 1));
        damage(layer(disk.resolveSibling("other"), second, 1));
        var lost = ByteBuffer.wrap(Files.readAllBytes(layer(own, second, 1)));

        assertThatProblem(ProblemCode.REPOSITORY_DAMAGED)
                .isThrownBy(() ->
                        repair("disk", "other").run(new RepairOrder(null, false), backups.staging(), PageProgress.NONE))
                .satisfies(e -> assertThat(
                                e.problem().properties().get("damaged").toString())
                        .contains(backups.layers(second).get(1), second.id().toString())
                        .doesNotContain(first.id().toString()));

        assertThat(layer(own, first, 0)).hasSameBinaryContentAs(layer(disk.resolveSibling("other"), first, 0));
        assertThat(ByteBuffer.wrap(Files.readAllBytes(layer(own, second, 1)))).isEqualTo(lost);
        assertThat(now(first).state()).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(now(second).state()).isEqualTo(Snapshot.State.QUARANTINED);
    }

    @Test
    void runFromOneCopyReadsNoOther() throws Exception {
        var first = another();
        copy(own, disk);
        copy(own, disk.resolveSibling("other"));
        damage(layer(own, first, 0));
        damage(layer(disk.resolveSibling("other"), first, 0));

        assertThatProblem(ProblemCode.REPOSITORY_DAMAGED)
                .isThrownBy(() -> repair("disk", "other")
                        .run(new RepairOrder("other", false), backups.staging(), PageProgress.NONE));
        var repaired =
                repair("disk", "other").run(new RepairOrder("disk", false), backups.staging(), PageProgress.NONE);

        assertThat(repaired.snapshotsMended()).containsExactly(first.id());
    }

    @Test
    void runWhenACompactionIsLostBringsItBackWithItsLayer() throws Exception {
        for (int i = 0; i < 6; i++) {
            another();
        }
        var last = another();
        var kept = backups.layers(last);
        for (var snapshot : backups.catalog.snapshots.all(orders.id())) {
            if (!snapshot.id().equals(last.id())) {
                TestRemoval.on(backups).remove(snapshot.id(), true);
            }
        }
        var prune = PruneOrder.ofDatabase(orders.id(), false, Duration.ZERO);
        TestRemoval.prune(backups, clock).run(prune, PageProgress.NONE);
        clock.advance(Duration.ofDays(3));
        TestRemoval.prune(backups, clock).run(prune, PageProgress.NONE);
        assertThat(backups.layers(last)).hasSizeLessThan(kept.size());
        copy(own, disk);
        var whole = objects(own);
        var merged = layer(own, last, 0);
        try (var files = Files.walk(own.resolve("compactions"))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
        Files.delete(merged);

        var repaired = run();

        assertThat(objects(own)).isEqualTo(whole);
        assertThat(repaired.objects()).isPositive();
    }

    @Test
    void runBringsNothingBackThatWasDeletedThoughACopyKeepsIt() throws Exception {
        another();
        var second = another();
        copy(own, disk);
        TestRemoval.on(backups).remove(second.id(), true);
        var before = objects(own);

        run();

        assertThat(objects(own)).isEqualTo(before);
    }

    @Test
    void runWhenAllIsGoneFromTheRepositoryBringsBackWhatTheCatalogKnows() throws Exception {
        another();
        var second = another();
        copy(own, disk);
        var whole = objects(own);
        for (var key : whole.keySet()) {
            if (!key.equals("repository.json")) {
                Files.delete(own.resolve(key));
            }
        }

        run();

        assertThat(objects(own)).isEqualTo(whole);
        assertThat(now(second).state()).isEqualTo(Snapshot.State.AVAILABLE);
    }

    @Test
    void runWhenACheckOfTheFileHadFailedForDamageChecksItAgain() throws Exception {
        var first = another();
        copy(own, disk);
        damage(layer(own, first, 0));
        assertThatExceptionOfType(CheckFailedException.class)
                .isThrownBy(() -> TestCheck.on(backups, clock)
                        .run(first.id(), CheckLevel.QUICK, backups.staging(), PageProgress.NONE));

        run();

        assertThat(now(first).state()).isEqualTo(Snapshot.State.AVAILABLE);
        assertThat(now(first).proof().reaches(Snapshot.Level.FULL)).isTrue();
        assertThat(backups.catalog.checks.list(first.id()).getFirst().level()).isEqualTo("FULL");
    }

    @Test
    void runWhenSqliteFindsTheSnapshotDamagedLeavesItQuarantined() throws Exception {
        another();
        try (var file = FileChannel.open(orders.path(), StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(new byte[3000]), 4096 + 100); // a page of the table
        }
        clock.advance(Duration.ofMinutes(1));
        var broken = backups.run(orders);
        copy(own, disk);
        assertThatExceptionOfType(CheckFailedException.class)
                .isThrownBy(() -> TestCheck.on(backups, clock)
                        .run(broken.id(), CheckLevel.FULL, backups.staging(), PageProgress.NONE));
        damage(layer(own, broken, 0));

        assertThatProblem(ProblemCode.REPOSITORY_DAMAGED).isThrownBy(this::run);

        assertThat(now(broken).state()).isEqualTo(Snapshot.State.QUARANTINED);
        assertThat(layer(own, broken, 0)).hasSameBinaryContentAs(layer(disk, broken, 0));
    }

    @Test
    void runWhenACopyOfTheCatalogIsDamagedPutsItBack() throws Exception {
        another();
        var copy = backups.copies.take(CatalogCopy.Reason.DAILY);
        copy(own, disk);
        var whole = objects(own);
        damage(own.resolve(copy.key()));

        run();

        assertThat(objects(own)).isEqualTo(whole);
    }

    @Test
    void runWhenALostCatalogKnewASnapshotBringsItBackWithWhatWasKnown() throws Exception {
        another();
        var pinned = another();
        backups.catalog.snapshots.change(pinned.id(), null, true, false, null);
        backups.copies.take(CatalogCopy.Reason.DAILY);
        copy(own, disk);
        damage(manifest(own, pinned));
        backups.close();
        for (var name : List.of("catalog.db", "catalog.db-wal", "catalog.db-shm")) {
            Files.deleteIfExists(dir.resolve("home").resolve(name));
        }
        backups = new TestBackups(dir, clock);
        var id = new LocalStorage(own, 0).identity().orElseThrow().id();
        backups.adopted.adopt(id, false);
        backups.rebuild();
        assertThat(backups.catalog.snapshots.find(pinned.id())).isEmpty();

        run();

        assertThat(now(pinned).pinned()).isTrue();
        assertThat(now(pinned).state()).isEqualTo(Snapshot.State.AVAILABLE);
    }

    @Test
    void runWhenNoCopyCanBeReadWaitsForOne() throws Exception {
        another();

        assertThatProblem(ProblemCode.STORAGE_UNREACHABLE).isThrownBy(this::run);
        assertThatProblem(ProblemCode.COPY_NOT_FOUND)
                .isThrownBy(() -> repair().run(new RepairOrder(null, false), backups.staging(), PageProgress.NONE));
    }

    /** The process dies when the damaged object is deleted, and the good one not yet there. */
    @Test
    void killBetweenDeletionAndPutLeavesWhatTheNextRunPutsBack() throws Exception {
        var first = another();
        another();
        copy(own, disk);
        var whole = objects(own);
        var damaged = layer(own, first, 0);
        damage(damaged);
        backups.close();

        var command = new ArrayList<>(SecondJvm.command(128, RepairingProcess.class));
        command.addAll(List.of(dir.toString(), disk.getParent().toString()));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var said = process.inputReader()) {
            assertThat(said.readLine()).isEqualTo(own.relativize(damaged).toString());
        } finally {
            process.destroyForcibly().waitFor();
        }

        assertThat(damaged).doesNotExist();
        backups = new TestBackups(dir, clock);
        run();
        backups.repository.removeLeftovers();
        assertThat(objects(own)).isEqualTo(whole);
        assertThat(now(first).state()).isEqualTo(Snapshot.State.AVAILABLE);
    }

    @Test
    void runThatIsStoppedLeavesWholeObjectsAndTheNextCompletesIt() throws Exception {
        var first = another();
        another();
        copy(own, disk);
        var whole = objects(own);
        damage(layer(own, first, 0));

        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> repair("disk").run(new RepairOrder(null, false), backups.staging(), (done, total) -> {
                    if (total > 1) {
                        throw new CancellationException("stop");
                    }
                }));
        run();

        assertThat(objects(own)).isEqualTo(whole);
    }

    /** All is listed first, which takes long; until its own database's turn comes it takes hours. */
    @Test
    void runWhenASnapshotIsDeletedBeforeItsTurnDoesNotBringItBack() throws Exception {
        another();
        var second = another();
        copy(own, disk);
        Files.delete(manifest(own, second));

        repair("disk").run(new RepairOrder(null, false), backups.staging(), new PageProgress() {
            @Override
            public void pages(long done, long total) {}

            @Override
            public PageProgress phase(String name, int pageSize) {
                if (name.equals("REPAIRING")) {
                    TestRemoval.on(backups).remove(second.id(), true);
                }
                return this;
            }
        });

        assertThat(manifest(own, second)).doesNotExist();
        assertThat(backups.catalog.snapshots.find(second.id())).isEmpty();
    }
}
