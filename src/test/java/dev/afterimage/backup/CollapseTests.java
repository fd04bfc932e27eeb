package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Collapse;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.Extent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backups of databases that have lost most of what they held. */
class CollapseTests {

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Database database;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        database = backups.database(
                "orders",
                "PRAGMA journal_mode = WAL",
                "CREATE TABLE t (b)",
                "CREATE TABLE u (b)",
                "INSERT INTO t VALUES (randomblob(2000000))");
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # bytes, tables before | after | collapsed
            1048576 | 5 | 104858 | 5 | false
            1048576 | 5 | 104857 | 5 | true
            1048575 | 5 | 4096   | 5 | false
            1048576 | 5 | 0      | 0 | true
            8192    | 1 | 4096   | 0 | true
            8192    | 2 | 8192   | 1 | false
            8192    | 3 | 8192   | 1 | true
            8192    | 4 | 8192   | 2 | false
            4096    | 0 | 0      | 0 | false
            4096    | 0 | 900000 | 9 | false
            """)
    void collapsedToWhenMostIsGone(long bytesBefore, long tablesBefore, long bytes, long tables, boolean collapsed) {
        var before = new Baseline(TimeOrderedId.next(clock), clock.instant(), new Extent(bytesBefore, tablesBefore));
        assertThat(before.collapsedTo(new Extent(bytes, tables)) != null).isEqualTo(collapsed);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FILESYSTEM_SNAPSHOT") // which would have to be configured
    void runWhenRowsAreGoneNotesItOnceWhateverTheMethod(Method method) throws Exception {
        var before = backups.run(database);
        TestBackups.execute(database.path(), "DELETE FROM t"); // pages stay, but are free

        var collapsed = later(method);
        later(method);

        assertThat(collapsed.capture().notes())
                .anySatisfy(note -> assertThat(note)
                        .startsWith("The database has collapsed: from 2")
                        .contains("since snapshot " + before.id()));
        assertThat(open()).singleElement().satisfies(open -> {
            assertThat(open.snapshotId()).isEqualTo(collapsed.id());
            assertThat(open.before()).isEqualTo(before.id());
            assertThat(open.at()).isEqualTo(collapsed.createdAt());
            assertThat(open.bytesBefore()).isGreaterThan(2_000_000);
            assertThat(open.bytes()).isLessThan(50_000);
            assertThat(open.tablesBefore()).isEqualTo(open.tables()).isEqualTo(2);
        });
    }

    @Test
    void runWhenTheFileHasBecomeEmptyNotesIt() throws Exception {
        backups.run(database);
        for (var file : SampleDatabases.filesIn(database.path().getParent())) {
            if (file.startsWith("orders.db")) {
                Files.delete(database.path().resolveSibling(file));
            }
        }
        Files.createFile(database.path());

        later(Method.AUTO);

        assertThat(open())
                .singleElement()
                .satisfies(open -> assertThat(open.tables()).isZero());
    }

    @Test
    void runWhenItIsOneOfAGroupNotesIt() throws Exception {
        backups.run(database);
        TestBackups.execute(database.path(), "DROP TABLE t", "DROP TABLE u");
        clock.advance(Duration.ofHours(1));
        var member = new GroupPlan.Member(database.id(), TimeOrderedId.next(clock));
        var plan = new GroupPlan(TimeOrderedId.next(clock), List.of(member), Map.of(), 0);

        backups.run(plan);

        assertThat(open()).extracting(Collapse::snapshotId).containsExactly(member.snapshotId());
    }

    @Test
    void importWhenItIsOldIsNoCollapseAndTheNextBackupIsComparedWithTheNewest() throws Exception {
        backups.run(database);
        var small = SampleDatabases.create(dir.resolve("small.db"), "CREATE TABLE t (v)");
        importedAt(clock.instant().minus(Duration.ofDays(30)), small);
        var large = SampleDatabases.accounts(dir.resolve("large.db"), "DELETE");
        SampleDatabases.addRandomBytes(large, 30 << 20);
        importedAt(clock.instant().minus(Duration.ofDays(20)), large);

        later(Method.AUTO);

        assertThat(open()).isEmpty();
    }

    @Test
    void importWhenItIsTheNewestIsCompared() throws Exception {
        var before = backups.run(database);
        clock.advance(Duration.ofHours(1));
        var small = SampleDatabases.create(dir.resolve("small.db"), "CREATE TABLE v (v)");

        var imported = importedAt(clock.instant(), small);

        assertThat(open())
                .singleElement()
                .satisfies(open -> assertThat(open.before()).isEqualTo(before.id()));
        assertThat(imported.capture().notes())
                .anySatisfy(note -> assertThat(note).contains("has collapsed"));
    }

    /** A collapse is a fact of its manifest; only the acknowledgement is the catalog's. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void rebuildWhenTheCatalogIsLostFindsItAgain(boolean acknowledged) throws Exception {
        backups.run(database);
        TestBackups.execute(database.path(), "DROP TABLE t", "DROP TABLE u");
        var collapsed = later(Method.AUTO);
        later(Method.AUTO);
        if (acknowledged) {
            backups.catalog.collapses.acknowledge(database, collapsed.id());
        }
        var before = backups.catalog.collapses.list(database.id());
        var repository = backups.catalog.adoptions.current().orElseThrow();
        backups.close();
        for (var file : SampleDatabases.filesIn(dir.resolve("home"))) {
            if (file.startsWith("catalog.db")) {
                Files.delete(dir.resolve("home").resolve(file));
            }
        }
        backups = new TestBackups(dir, clock);
        backups.adopted.adopt(repository, false);

        backups.rebuild();

        assertThat(open()).extracting(Collapse::snapshotId).containsExactly(collapsed.id());
        assertThat(open())
                .usingRecursiveComparison()
                .ignoringFields("acknowledgedAt")
                .isEqualTo(before);
    }

    /** As a schedule asks that skips what has not changed: a database that stays as it is after a collapse is not well by that. */
    @Test
    void newestSnapshotWhenNothingHasChangedSinceTheCollapseIsItsAndLeavesItOpen() throws Exception {
        backups.run(database);
        try (var application = DriverManager.getConnection("jdbc:sqlite:" + database.path());
                var statement = application.createStatement()) {
            statement.execute("DELETE FROM t"); // which stays in the WAL, as long as the application is there
            var collapsed = later(Method.AUTO);
            clock.advance(Duration.ofHours(1));

            assertThat(backups.unchanged.newestSnapshot(database, snapshot -> true))
                    .map(Snapshot::id)
                    .contains(collapsed.id());
            assertThat(open()).extracting(Collapse::snapshotId).containsExactly(collapsed.id());

            backups.catalog.collapses.acknowledge(database, collapsed.id());
            assertThat(backups.unchanged.newestSnapshot(database, snapshot -> true))
                    .map(Snapshot::id)
                    .contains(collapsed.id());
            assertThat(open()).isEmpty();
        }
    }

    @Test
    void acknowledgeWhenDoneAgainChangesNothingAndALaterCollapseIsAnother() throws Exception {
        backups.run(database);
        TestBackups.execute(database.path(), "DROP TABLE t");
        TestBackups.execute(database.path(), "DROP TABLE u");
        var first = later(Method.AUTO);
        var acknowledged = backups.catalog.collapses.acknowledge(database, first.id());
        clock.advance(Duration.ofHours(1));
        assertThat(backups.catalog.collapses.acknowledge(database, first.id())).isEqualTo(acknowledged);
        assertThat(open()).isEmpty();

        TestBackups.execute(database.path(), "CREATE TABLE v (v)");
        later(Method.AUTO);
        TestBackups.execute(database.path(), "DROP TABLE v");
        var second = later(Method.AUTO);

        assertThat(open()).extracting(Collapse::snapshotId).containsExactly(second.id());
        assertThat(backups.catalog.collapses.list(database.id())).hasSize(2);
    }

    private Snapshot later(Method method) {
        clock.advance(Duration.ofHours(1));
        return backups.run(database, method);
    }

    private Snapshot importedAt(Instant createdAt, Path file) {
        var plan = new ImportPlan(TimeOrderedId.at(createdAt), createdAt, Map.of(), false, List.of());
        return backups.importing.run(database.id(), plan, file, PageProgress.NONE);
    }

    private List<Collapse> open() {
        return backups.catalog.collapses.open(database.id());
    }
}
