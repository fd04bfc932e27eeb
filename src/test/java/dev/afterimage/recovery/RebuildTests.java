package dev.afterimage.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.Method;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RebuildTests {

    private static final String[] ROWS = {
        "PRAGMA journal_mode = WAL", "CREATE TABLE t (b)", "INSERT INTO t VALUES (randomblob(500000))"
    };

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;

    @BeforeEach
    void openHome() {
        backups = new TestBackups(dir, clock);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void runWhenTheCatalogIsGoneBringsEverythingBackAndBackupsBuildOnIt() throws Exception {
        var database = backups.database("orders", ROWS);
        var first = backups.run(database);
        TestBackups.execute(database.path(), "CREATE TABLE u (v)");
        var second = backups.run(database, Method.ONLINE);
        loseCatalog();

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.databases())
                .containsExactly(new Rebuilt.Adopted(
                        database.id(), "orders", "orders", database.path().toString()));
        assertThat(rebuilt.snapshotsAdded()).isEqualTo(2);
        assertThat(rebuilt.unreadable()).isEmpty();
        assertThat(rebuilt.missing()).isEmpty();
        assertThat(List.of(first, second))
                .allSatisfy(snapshot ->
                        assertThat(backups.catalog.snapshots.get(snapshot.id())).isEqualTo(snapshot));
        var again = backups.catalog.databases.get("orders");
        assertThat(again.id()).isEqualTo(database.id());
        assertThat(again.path()).isEqualTo(database.path());
        assertThat(again.node()).isEqualTo(backups.catalog.node.name());
        TestBackups.execute(database.path(), "CREATE TABLE w (v)");
        assertThat(backups.run(again).content().newBytes())
                .isLessThan(first.content().newBytes() / 10);
    }

    @Test
    void runWhenNothingIsMissingChangesNothing() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        backups.catalog.snapshots.change(snapshot.id(), Map.of("c", "d"), true, false, null);
        var before = backups.catalog.snapshots.get(snapshot.id());

        assertThat(backups.rebuild()).isEqualTo(new Rebuilt(List.of(), 0, List.of(), List.of(), null, List.of()));

        assertThat(backups.catalog.snapshots.get(snapshot.id())).isEqualTo(before);
    }

    @Test
    void runWhenAnotherRunsAtTheSameTimeAddsNothingTwice() throws Exception {
        for (int i = 0; i < 4; i++) {
            backups.run(backups.database("orders-" + i, ROWS));
        }
        loseCatalog();
        var together = new CyclicBarrier(2);
        Callable<Rebuilt> rebuild = () -> {
            together.await();
            return backups.rebuild();
        };
        try (var threads = Executors.newFixedThreadPool(2)) {
            var first = threads.submit(rebuild);
            var second = threads.submit(rebuild);
            assertThat(first.get().snapshotsAdded() + second.get().snapshotsAdded())
                    .isEqualTo(4);
            assertThat(first.get().databases().size() + second.get().databases().size())
                    .isEqualTo(4);
        }
    }

    @Test
    void adoptWhenTheIdIsKnownLeavesItsRow() throws Exception {
        var database = backups.database("orders", ROWS);
        assertThat(backups.catalog.databases.adopt(database.id(), "orders", "/elsewhere"))
                .isEmpty();
        assertThat(backups.catalog.databases.get("orders")).isEqualTo(database);
    }

    @Test
    void runWhenTheNameIsTakenAddsANumber() throws Exception {
        var database = backups.database("orders", ROWS);
        backups.run(database);
        loseCatalog();
        var other = backups.catalog.databases.add("orders", dir.resolve("others.db"), Map.of());

        var adopted = backups.rebuild().databases().getFirst();

        assertThat(adopted.name()).isEqualTo("orders-2");
        assertThat(adopted.nameInRepository()).isEqualTo("orders");
        assertThat(backups.catalog.databases.get("orders").id()).isEqualTo(other.id());
        assertThat(backups.catalog.databases.get("orders-2").id()).isEqualTo(database.id());
    }

    @Test
    void runWhenDiscoveryRegisteredTheFileMeanwhileGivesNameAndFileToTheOneWithSnapshots() throws Exception {
        var database = backups.database("orders", ROWS);
        backups.run(database);
        loseCatalog();
        var discovered =
                backups.catalog.databases.add("orders", database.path(), Map.of(Databases.DISCOVERED, dir.toString()));

        var adopted = backups.rebuild().databases();

        assertThat(adopted).extracting(Rebuilt.Adopted::name).containsExactly("orders");
        assertThat(backups.catalog.databases.at(database.path()))
                .extracting(Database::id)
                .containsExactly(database.id());
        assertThat(backups.catalog.databases.find(discovered.id()).orElseThrow().name())
                .isEqualTo("orders-2");
    }

    @Test
    void runWhenSomebodyRegisteredTheFileMeanwhileLeavesItToThatOneAndKeepsTheSnapshots() throws Exception {
        var database = backups.database("orders", ROWS);
        var snapshot = backups.run(database);
        loseCatalog();
        var present = backups.catalog.databases.add("again", database.path(), Map.of());

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.databases()).isEmpty();
        assertThat(rebuilt.snapshotsAdded()).isEqualTo(1);
        assertThat(backups.catalog.databases.at(database.path())).containsExactly(present);
        assertThat(backups.catalog.snapshots.get(snapshot.id()).databaseId()).isEqualTo(database.id());
    }

    @Test
    void runWhenTheUserRemovedADatabaseLeavesItRemovedAndRecordsItsSnapshots() throws Exception {
        var database = backups.database("orders", ROWS);
        var snapshot = backups.run(database);
        backups.catalog.databases.remove(database);
        backups.catalog.catalog.update("DELETE FROM snapshot").update();

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.databases()).isEmpty();
        assertThat(rebuilt.snapshotsAdded()).isEqualTo(1);
        assertThat(backups.catalog.databases.list(null, 10)).isEmpty();
        assertThat(backups.catalog.snapshots.get(snapshot.id())).isEqualTo(snapshot);
    }

    @Test
    void runTellsManifestsThatCannotBeReadAndThoseThatAreGone() throws Exception {
        var database = backups.database("orders", ROWS);
        var unreadable = backups.run(database);
        var gone = backups.run(database);
        var deleted = backups.run(database);
        Files.writeString(manifest(unreadable), "{}");
        Files.delete(manifest(gone));
        backups.catalog.deletions.begin(deleted.id(), candidate -> {});
        Files.delete(manifest(deleted));

        var rebuilt = backups.rebuild();

        assertThat(rebuilt.unreadable())
                .singleElement()
                .satisfies(one ->
                        assertThat(one.manifest()).contains(unreadable.id().toString()));
        assertThat(rebuilt.missing()).containsExactly(gone.id());
        assertThat(backups.catalog.snapshots.find(gone.id())).isPresent();
    }

    private Path manifest(Snapshot snapshot) {
        return backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("manifests/" + snapshot.databaseId() + "/" + snapshot.id() + ".json");
    }

    private void loseCatalog() throws Exception {
        var catalog = backups.catalog.node.home().resolve("catalog.db");
        backups.close();
        for (var suffix : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(Path.of(catalog + suffix));
        }
        openHome();
        backups.adopted.adopt(backups.repository.found().id().orElseThrow(), false);
    }
}
