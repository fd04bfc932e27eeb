package dev.afterimage.copies;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.lease.Hold;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy of a repository in another directory: what it gets, in what order, and what never happens to it. */
class CopyingTests {

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();

    private TestBackups backups;
    private Database orders;
    private Path place;
    private Copying copying;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        place = dir.resolve("elsewhere/copy");
        copying = copying(true);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private Copying copying(boolean delete) {
        return TestCopies.copying(backups, TestCopies.of(backups, Map.of("disk", place), delete), clock);
    }

    private Snapshot another() throws Exception {
        TestBackups.execute(orders.path(), "INSERT INTO t VALUES (hex(randomblob(2000)))");
        clock.advance(Duration.ofMinutes(1));
        return backups.run(orders);
    }

    private Copied copy() {
        return copying.run("disk", Copying.Extent.ALL, PageProgress.NONE);
    }

    private Path repository() {
        return backups.catalog.node.repositoryDirectory().orElseThrow();
    }

    /** Content by key, without temporary files. */
    private static Map<String, ByteBuffer> objects(Path root) throws IOException {
        var objects = new TreeMap<String, ByteBuffer>();
        try (var files = Files.walk(root)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                var key = root.relativize(file).toString();
                if (!key.startsWith("tmp/")) {
                    objects.put(key, ByteBuffer.wrap(Files.readAllBytes(file)));
                }
            }
        }
        return objects;
    }

    private byte[] content(Path root, UUID snapshotId) throws IOException {
        var repository = new Repository(new Vault(new LocalStorage(root, 0), clock), clock);
        try (var reader = repository.open(orders.id(), snapshotId)) {
            var bytes = ByteBuffer.allocate((int) reader.size());
            while (reader.read(bytes) > 0) {}
            return bytes.array();
        }
    }

    private byte[] read(UUID snapshotId) {
        try {
            return content(place, snapshotId);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> layers(Path root) throws IOException {
        try (var files = Files.list(root.resolve("layers/" + orders.id()))) {
            return files.sorted().toList();
        }
    }

    @Test
    void runWhenThereIsNoCopyMakesOneOfAllObjects() throws Exception {
        another();
        another();

        var copied = copy();

        assertThat(objects(place)).isEqualTo(objects(repository()));
        assertThat(copied.snapshots()).isEqualTo(2);
        assertThat(copied.layers()).isEqualTo(2);
        var known = backups.catalog.copies.find("disk").orElseThrow();
        assertThat(known.problem()).isNull();
        assertThat(known.objects()).isEqualTo(4);
        assertThat(backups.catalog.copied.lacking("disk")).isZero();
    }

    @Test
    void runWhenTheCopyHasSomeAddsTheOthers() throws Exception {
        another();
        copy();
        var second = another();
        assertThat(backups.catalog.copied.lacking("disk")).isEqualTo(1);

        assertThat(copy().layers()).isEqualTo(1);

        assertThat(content(place, second.id())).isEqualTo(content(repository(), second.id()));
        assertThat(copy().layers()).as("all is there").isZero();
    }

    @Test
    void runWhenManyDatabasesHaveSomethingNewReadsTheCatalogHardlyMoreThanForFew() throws Exception {
        another();
        copy();
        haveSnapshotsThatTheCopyHas(2_000);
        backUpDatabases(2);
        long few = backups.catalog.thousandStepsOfQueries(this::copyNews);
        backUpDatabases(40);

        long many = backups.catalog.thousandStepsOfQueries(this::copyNews);

        assertThat(backups.catalog.copied.lacking("disk")).isZero();
        assertThat(many).isLessThan(4 * few);
        assertThat(few)
                .as("what others have is not looked through for each of them")
                .isLessThan(1_000);
        assertThat(backups.catalog.thousandStepsOfQueries(() -> backups.catalog.copied.newest(List.of("disk"))))
                .isLessThan(100);
    }

    @Test
    void runKeepsNoMemoryOutsideOfTheHeapOfTheLayersThatItHasCopied() throws Exception {
        backUpDatabases(50);
        long before = directBytes();

        assertThat(copy().layers()).isEqualTo(50);

        assertThat(directBytes() - before).isLessThan(5 << 20);
    }

    private static long directBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow()
                .getMemoryUsed();
    }

    private void copyNews() {
        copying.run("disk", Copying.Extent.NEWS, PageProgress.NONE);
    }

    private void backUpDatabases(int number) throws Exception {
        for (int made = 0; made < number; made++) {
            backups.run(backups.database("db-%d-of-%d".formatted(made, number), "CREATE TABLE t (v)"));
        }
    }

    /** Rows of the catalog alone. */
    private void haveSnapshotsThatTheCopyHas(int number) {
        backups.catalog.catalog.update("""
                        CREATE TEMP TABLE another AS
                        WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :number)
                        SELECT snapshot.* FROM snapshot, counted
                        """).param("number", number).update();
        for (var sql : List.of(
                "UPDATE another SET id = printf('00000000-0000-0000-0000-%012x', rowid)",
                "INSERT INTO snapshot SELECT * FROM another", """
                INSERT INTO copied_snapshot (copy, database_id, snapshot_id, begun, copied_at)
                SELECT 'disk', database_id, id, 1, created_at FROM another
                """)) {
            backups.catalog.catalog.update(sql).update();
        }
    }

    @Test
    void runWhenALayerIsDamagedCopiesTheOthersAndTellsIt() throws Exception {
        var first = another();
        copy();
        another();
        var damaged = repository().resolve("layers/%s/%s".formatted(orders.id(), newestLayer()));
        var bytes = Files.readAllBytes(damaged);
        bytes[bytes.length / 3] ^= 1;
        Files.write(damaged, bytes);
        var other = backups.database("stock", "CREATE TABLE t (v)");
        var whole = backups.run(other);

        assertThatThrownBy(this::copy).isInstanceOfSatisfying(ProblemException.class, e -> {
            assertThat(e.code()).isEqualTo(ProblemCode.REPOSITORY_DAMAGED);
            assertThat(e.problem().detail()).contains(damaged.getFileName().toString());
        });

        assertThat(place.resolve("manifests/%s/%s.json".formatted(other.id(), whole.id())))
                .exists();
        assertThat(layers(place)).hasSize(1);
        assertThat(content(place, first.id())).isEqualTo(content(repository(), first.id()));
        assertThat(backups.catalog.copies.find("disk").orElseThrow().problem()).contains("damaged");
    }

    private String newestLayer() {
        var snapshot = backups.catalog.snapshots.newest(orders.id()).orElseThrow();
        return backups.layers(snapshot).getLast();
    }

    @Test
    void runWhenThePlaceOfACopyIsEmptyWaitsForIt() throws Exception {
        another();
        copy();
        Files.move(place, dir.resolve("unmounted"));
        Files.createDirectories(place);

        assertThatThrownBy(this::copy)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE));

        assertThat(place).isEmptyDirectory();
        var kept = another();
        Files.delete(place);
        Files.move(dir.resolve("unmounted"), place);
        copy();
        assertThat(content(place, kept.id())).isEqualTo(content(repository(), kept.id()));
    }

    @Test
    void runAnewWhenThePlaceOfACopyIsEmptyMakesItAgain() throws Exception {
        another();
        copy();
        Files.move(place, dir.resolve("lost"));

        copying.run("disk", Copying.Extent.ANEW, PageProgress.NONE);

        assertThat(objects(place)).isEqualTo(objects(repository()));
    }

    @Test
    void runWhenAnotherRepositoryIsThereChangesNothing() throws Exception {
        another();
        new Vault(new LocalStorage(place, 0), clock).identify(UUID.randomUUID());
        var before = objects(place);

        assertThatThrownBy(this::copy)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE));

        assertThat(objects(place)).isEqualTo(before);
    }

    @Test
    void runWhenForeignObjectsAreThereChangesNothing() throws Exception {
        another();
        var foreign = place.resolve("layers/%s/%s".formatted(UUID.randomUUID(), UUID.randomUUID()));
        Files.createDirectories(foreign.getParent());
        Files.writeString(foreign, "somebody's");

        assertThatThrownBy(this::copy)
                .isInstanceOfSatisfying(
                        ProblemException.class, e -> assertThat(e.code()).isEqualTo(ProblemCode.STORAGE_UNREACHABLE));

        assertThat(objects(place)).containsOnlyKeys(place.relativize(foreign).toString());
    }

    @Test
    void runWhenASnapshotWasDeletedDeletesItThereAndItsLayers() throws Exception {
        var first = another();
        var second = another();
        copy();
        TestRemoval.on(backups).remove(second.id(), true);

        var copied = copy();

        assertThat(copied.deleted()).isEqualTo(1);
        assertThat(objects(place)).isEqualTo(objects(repository()));
        assertThat(content(place, first.id())).isNotEmpty();
    }

    @Test
    void runWhenNothingMayBeDeletedThereKeepsSnapshotsAndTellsHowMany() throws Exception {
        copying = copying(false);
        another();
        var second = another();
        copy();
        var before = objects(place);
        TestRemoval.on(backups).remove(second.id(), true);

        var copied = copy();

        assertThat(copied.kept()).isEqualTo(1);
        assertThat(copied.deleted()).isZero();
        assertThat(objects(place)).isEqualTo(before);
    }

    @Test
    void runWhenManifestsAreMissingForAnUnknownReasonDeletesNothingThere() throws Exception {
        another();
        another();
        copy();
        var before = objects(place);
        try (var files = Files.walk(repository())) {
            for (var file : files.filter(Files::isRegularFile)
                    .filter(path -> !path.endsWith("repository.json"))
                    .toList()) {
                Files.delete(file);
            }
        }

        copy();

        assertThat(objects(place)).isEqualTo(before);
    }

    @Test
    void runThatIsStoppedLeavesNoSnapshotInPartsAndTheNextCompletesIt() throws Exception {
        another();
        another();

        assertThatThrownBy(() -> copying.run("disk", Copying.Extent.ALL, (done, total) -> {
                    if (done > 0) {
                        throw new CancellationException("stop");
                    }
                }))
                .isInstanceOf(CancellationException.class);
        if (Files.exists(place.resolve("manifests"))) {
            new Repository(new Vault(new LocalStorage(place, 0), clock), clock)
                    .list(orders.id())
                    .readable()
                    .forEach(manifest -> assertThat(read(manifest.id())).isNotEmpty());
        }

        copy();
        assertThat(objects(place)).isEqualTo(objects(repository()));
    }

    private Hold holdOf(UUID home) {
        return new Hold(new LocalStorage(place, 0), home, "prod-2", "0.1.0", Duration.ofMinutes(5), clock);
    }

    @Test
    void runWhenTheCopyIsARepositoryOfAnotherServiceNowChangesNothingThere() throws Exception {
        var first = another();
        another();
        copy();
        holdOf(UUID.randomUUID()).look();
        TestRemoval.on(backups).remove(first.id(), true);
        another();
        var before = objects(place);

        for (var extent : Copying.Extent.values()) {
            assertThatProblem(ProblemCode.REPOSITORY_HELD)
                    .isThrownBy(() -> copying.run("disk", extent, PageProgress.NONE))
                    .satisfies(e ->
                            assertThat(e.problem().detail()).contains("The place of the copy", "prod-2", "lease 1"));
        }

        assertThat(objects(place)).isEqualTo(before);
        assertThat(backups.catalog.copies.find("disk").orElseThrow().problemCode())
                .isEqualTo("REPOSITORY_HELD");

        Files.delete(place.resolve("lease/000000000001"));
        copy();
        assertThat(objects(place).keySet()).containsAll(objects(repository()).keySet());
    }

    /** It is taken over while a job runs: that notices before it deletes anything. */
    @Test
    void runWhenTheCopyBecomesARepositoryMeanwhileDeletesNothingThere() throws Exception {
        var first = another();
        another();
        copy();
        TestRemoval.on(backups).remove(first.id(), true);
        another();

        assertThatProblem(ProblemCode.REPOSITORY_HELD)
                .isThrownBy(() -> copying.run("disk", Copying.Extent.NEWS, (done, total) -> {
                    holdOf(UUID.randomUUID()).look();
                    clock.advance(Duration.ofMinutes(1));
                }));

        assertThat(content(place, first.id())).isNotEmpty();
    }

    @Test
    void runWhenTheRepositoryItselfLayThereBeforeGoesOn() throws Exception {
        another();
        copy();
        holdOf(backups.catalog.node.id()).look();

        var snapshot = another();
        copy();

        assertThat(content(place, snapshot.id())).isNotEmpty();
    }

    private Path layer(Path root, Snapshot snapshot) {
        return root.resolve(
                "layers/%s/%s".formatted(orders.id(), backups.layers(snapshot).getLast()));
    }

    @Test
    void runWhenTheCopyHasLostALayerBringsItBackWithinADay() throws Exception {
        var first = another();
        var second = another();
        copy();
        Files.delete(layer(place, first));

        clock.advance(Duration.ofHours(25));
        copying.run("disk", Copying.Extent.NEWS, PageProgress.NONE);

        assertThat(objects(place)).isEqualTo(objects(repository()));
        assertThat(content(place, second.id())).isEqualTo(content(repository(), second.id()));
    }

    @Test
    void runWhenALayerOfTheCopyHasAnotherSizeTellsIt() throws Exception {
        var first = another();
        copy();
        var cut = layer(place, first);
        Files.write(cut, new byte[] {1, 2, 3});

        assertThatProblem(ProblemCode.REPOSITORY_DAMAGED)
                .isThrownBy(this::copy)
                .satisfies(e -> assertThat(e.problem().detail())
                        .contains(cut.getFileName().toString(), "the copy has another object of that name"));

        assertThat(cut).hasSize(3);
    }

    /** The repository has it no more, so nothing brings it back. */
    @Test
    void runWhenTheCopyHasLostASnapshotThatItAloneKeptTellsItAndListsItNoMore() throws Exception {
        copying = copying(false);
        var first = another();
        another();
        copy();
        TestRemoval.on(backups).remove(first.id(), true);
        copy();
        assertThat(backups.catalog.copied.beyond("disk")).isEqualTo(1);
        Files.delete(place.resolve("manifests/%s/%s.json".formatted(orders.id(), first.id())));

        assertThatProblem(ProblemCode.REPOSITORY_DAMAGED)
                .isThrownBy(this::copy)
                .satisfies(e ->
                        assertThat(e.problem().detail()).contains(first.id().toString()));

        assertThat(backups.catalog.copied.beyond("disk")).isZero();
        copy();
    }

    @Test
    void runWhenTheCopyHasLostASnapshotThatCannotBeCopiedAgainSaysThatItLacksIt() throws Exception {
        another();
        var second = another();
        copy();
        Files.delete(place.resolve("manifests/%s/%s.json".formatted(orders.id(), second.id())));
        Files.delete(layer(place, second));
        var damaged = layer(repository(), second);
        var bytes = Files.readAllBytes(damaged);
        bytes[bytes.length / 3] ^= 1;
        Files.write(damaged, bytes);

        assertThatProblem(ProblemCode.REPOSITORY_DAMAGED).isThrownBy(this::copy);

        assertThat(backups.catalog.copied.lacking("disk")).isEqualTo(1);
    }
}
