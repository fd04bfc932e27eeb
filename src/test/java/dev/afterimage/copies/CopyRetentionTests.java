package dev.afterimage.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.retention.PruneOrder;
import dev.afterimage.retention.TestRemoval;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.local.LocalStorage;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/** A copy that keeps snapshots longer than the repository, or less long. */
class CopyRetentionTests {

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
        orders = backups.database("orders", "CREATE TABLE t (v)", "CREATE TABLE u (v)");
        place = dir.resolve("elsewhere");
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private static CopySettings.Keep keep(@Nullable Integer last, @Nullable String within) {
        return new CopySettings.Keep(last, null, null, null, null, null, within, null, null, null);
    }

    private void keeps(CopySettings.@Nullable Keep keep) {
        var settings = new CopySettings.OfCopy(place.toString(), null, null, null, keep, null, true);
        copying = TestCopies.copying(backups, TestCopies.of(backups, "disk", settings), clock);
    }

    private Snapshot another() throws Exception {
        return another("INSERT INTO t VALUES (hex(randomblob(2000)))");
    }

    private Snapshot another(String sql) throws Exception {
        TestBackups.execute(orders.path(), sql);
        clock.advance(Duration.ofHours(1));
        return backups.run(orders);
    }

    private void copyNews() {
        copying.run("disk", Copying.Extent.NEWS, PageProgress.NONE);
    }

    private void copyAll() {
        copying.run("disk", Copying.Extent.ALL, PageProgress.NONE);
    }

    private void delete(Snapshot snapshot) {
        TestRemoval.on(backups).remove(snapshot.id(), true);
    }

    private Repository repository(Path root) {
        return new Repository(new Vault(new LocalStorage(root, 0), clock), clock);
    }

    private Set<UUID> there() {
        return repository(place).snapshotIds(orders.id());
    }

    private byte[] content(Path root, Snapshot snapshot) throws Exception {
        try (var reader = repository(root).open(orders.id(), snapshot.id())) {
            var bytes = ByteBuffer.allocate((int) reader.size());
            while (reader.read(bytes) > 0) {}
            return bytes.array();
        }
    }

    private Path root() {
        return backups.catalog.node.repositoryDirectory().orElseThrow();
    }

    @Test
    void runWhenTheCopyKeepsLongerKeepsWhatTheRepositoryDeletedForAsLongAsItsPolicySays() throws Exception {
        keeps(keep(null, "2d"));
        var first = another();
        var second = another();
        copyAll();
        var before = content(place, first);
        delete(first);

        copyNews();
        copyAll();

        assertThat(there()).containsExactlyInAnyOrder(first.id(), second.id());
        assertThat(content(place, first)).isEqualTo(before);
        assertThat(backups.catalog.copied.beyond("disk")).isEqualTo(1);
        assertThat(backups.catalog.copied.lacking("disk")).isZero();
        var told = backups.catalog.copied.there("disk", null, 10).items();
        assertThat(told)
                .extracting(CopiedSnapshots.There::snapshotId, CopiedSnapshots.There::inRepository)
                .containsExactly(tuple(second.id(), true), tuple(first.id(), false));
        assertThat(told.getLast().createdAt()).isEqualTo(first.createdAt());

        clock.advance(Duration.ofDays(3));
        var third = another();
        copyAll();

        assertThat(there()).as("of the first it is too long ago").doesNotContain(first.id());
        assertThat(there()).contains(third.id());
        assertThat(backups.catalog.copied.beyond("disk")).isZero();
    }

    @Test
    void runWhenTheCopyKeepsLessLongHasOnlyWhatItsPolicyKeeps() throws Exception {
        keeps(keep(1, null));
        another();
        another();
        var newest = another();

        copyAll();

        assertThat(there()).containsExactly(newest.id());
        assertThat(backups.catalog.copied.lacking("disk")).isZero();

        var newer = another();
        copyNews();
        assertThat(there()).containsExactly(newer.id());
        copyAll();
        assertThat(there()).as("it does not come back").containsExactly(newer.id());
        assertThat(backups.catalog.snapshots.all(orders.id())).hasSize(4);
        assertThat(content(place, newer)).isEqualTo(content(root(), newer));
    }

    @Test
    void runWhenTheCopyKeepsMoreThanBeforeBringsWhatItHadDropped() throws Exception {
        keeps(keep(1, null));
        var first = another();
        var second = another();
        copyAll();

        keeps(keep(2, null));
        copyAll();
        assertThat(there()).containsExactlyInAnyOrder(first.id(), second.id());

        keeps(null);
        another();
        copyNews();
        assertThat(there()).hasSize(3);
    }

    @Test
    void runWhenLessIsKeptKeepsWhatIsPinned() throws Exception {
        keeps(keep(1, null));
        var pinned = another();
        backups.catalog.snapshots.change(pinned.id(), null, true, false, null);
        another();
        var newest = another();

        copyAll();

        assertThat(there()).containsExactlyInAnyOrder(pinned.id(), newest.id());
    }

    /** The repository has replaced layers that it needs no more one by one; the copy still does. */
    @Test
    void runAfterACompactionKeepsEachSnapshotOfTheCopyReadable() throws Exception {
        keeps(keep(null, "30d"));
        var sql = "UPDATE u SET v = randomblob(3000)";
        var all = new ArrayList<Snapshot>();
        all.add(another("INSERT INTO u WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
                + " SELECT randomblob(3000) FROM n"));
        for (int i = 0; i < 5; i++) {
            all.add(another(sql));
        }
        copyAll();
        var contents = new HashMap<UUID, byte[]>();
        for (var snapshot : all) {
            contents.put(snapshot.id(), content(place, snapshot));
        }

        for (var gone : all.subList(1, 5)) {
            delete(gone);
        }
        var compacted = backups.repository.compact(orders.id(), PageProgress.NONE);
        assertThat(compacted.bytesReplaced())
                .as("there was something to compact")
                .isPositive();
        TestRemoval.prune(backups, clock).run(PruneOrder.ofAll(false, Duration.ZERO), PageProgress.NONE);
        all.add(another(sql));
        copyNews();
        copyAll();
        copyAll();

        assertThat(there()).hasSize(all.size());
        for (var snapshot : all.subList(0, 6)) {
            assertThat(content(place, snapshot)).isEqualTo(contents.get(snapshot.id()));
        }
        assertThat(content(place, all.getLast())).isEqualTo(content(root(), all.getLast()));

        // What was kept goes: then what only it needed does too, and what came by the compaction stays.
        keeps(null);
        copyAll();
        copyAll();
        assertThat(there()).hasSize(3);
        for (var snapshot : List.of(all.getFirst(), all.get(5), all.getLast())) {
            assertThat(content(place, snapshot)).isEqualTo(content(root(), snapshot));
        }
        try (var files = Files.list(place.resolve("layers/" + orders.id()));
                var inRepository = Files.list(root().resolve("layers/" + orders.id()))) {
            assertThat(files.map(Path::getFileName).toList())
                    .containsExactlyInAnyOrderElementsOf(
                            inRepository.map(Path::getFileName).toList());
        }
    }

    @Test
    void settingsThatCannotBeMeantAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CopySettings.OfCopy("/mnt/copy", null, null, null, keep(1, null), null, false))
                .withMessageContaining("keep");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new CopySettings.OfCopy("/mnt/copy", null, null, null, null, DataSize.ofKilobytes(10), true))
                .withMessageContaining("rate");
        assertThatIllegalArgumentException().isThrownBy(() -> keep(0, null));
        assertThatIllegalArgumentException().isThrownBy(() -> keep(null, "long"));
    }

    /** The copy was away while the repository compacted what it had compacted before, and deleted the layer between. */
    @Test
    void runAfterCompactionsOfWhichTheLayerBetweenIsGoneKeepsEachSnapshotOfTheCopyReadable() throws Exception {
        keeps(keep(null, "90d"));
        var sql = "UPDATE u SET v = randomblob(3000)";
        var all = new ArrayList<Snapshot>();
        all.add(another("INSERT INTO u WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)"
                + " SELECT randomblob(3000) FROM n"));
        for (int i = 0; i < 4; i++) {
            all.add(another(sql));
        }
        copyAll();
        var contents = new HashMap<UUID, byte[]>();
        for (var snapshot : all) {
            contents.put(snapshot.id(), content(place, snapshot));
        }

        delete(all.get(1));
        delete(all.get(3));
        compactAndPrune();
        delete(all.get(2));
        compactAndPrune();
        for (int i = 0; i < 3; i++) {
            copyAll();
            clock.advance(Duration.ofDays(2));
        }

        for (var snapshot : all) {
            assertThat(content(place, snapshot)).isEqualTo(contents.get(snapshot.id()));
        }
    }

    private void compactAndPrune() {
        assertThat(backups.repository.compact(orders.id(), PageProgress.NONE).bytesReplaced())
                .as("there was something to compact")
                .isPositive();
        for (int i = 0; i < 2; i++) {
            TestRemoval.prune(backups, clock).run(PruneOrder.ofAll(false, Duration.ZERO), PageProgress.NONE);
            clock.advance(Duration.ofDays(2));
        }
    }
}
