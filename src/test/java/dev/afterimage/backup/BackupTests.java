package dev.afterimage.backup;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.PathNotAllowedException;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.LiveApplication;
import dev.afterimage.sqlite.OtherProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.live.DatabaseFacts;
import dev.afterimage.sqlite.live.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BackupTests {

    private static final String[] ROWS = {
        "PRAGMA journal_mode = WAL",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                + " SELECT i, hex(randomblob(50)) FROM n"
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
    void runWhenItEndsHasASnapshotInRepositoryAndCatalog() throws Exception {
        var database = backups.database("orders", ROWS);
        var snapshot = backups.run(database);
        var content = backups.content(snapshot);
        assertThat(content).hasSize(Math.toIntExact(snapshot.content().sizeBytes()));
        assertThat(content).isEqualTo(Files.readAllBytes(database.path()));
        assertThat(snapshot.content().sha256())
                .as("pages that were read on all cores have no order")
                .isNull();
        assertThat(snapshot.createdAt()).isEqualTo(clock.instant());
        assertThat(snapshot.labels()).containsEntry("from", "test");
        assertThat(snapshot.capture().journalMode()).isEqualTo("WAL");
        assertThat(snapshot.verification()).isEqualTo(Snapshot.Verification.UNVERIFIED);
        assertThat(backups.catalog.snapshots.newest(database.id())).contains(snapshot);
    }

    /** Another thread that then opened a database of that name would take it for the one that it had opened. */
    @ParameterizedTest
    @EnumSource(names = {"ONLINE", "VACUUM"})
    void runWhenItMakesACopyGivesItANameThatNoDatabaseHas(Method method) throws Exception {
        var database = backups.database("orders", ROWS);
        var names = new HashSet<String>();
        var plan = new BackupPlan(TimeOrderedId.next(clock), method, Map.of(), 0);
        var staging = backups.staging();
        backups.backup.run(
                JobCommands.none(UUID.randomUUID()),
                database.id(),
                plan,
                Duration.ZERO,
                staging,
                (done, total) -> names.addAll(SampleDatabases.filesIn(staging)));
        assertThat(names)
                .isNotEmpty()
                .allSatisfy(name -> assertThat(name).matches("copy-[0-9a-f-]{36}\\.db(-journal)?"));
    }

    @Test
    void runWhenAnEarlierAttemptDiedAfterThePublicationTakesItsSnapshotUp() throws Exception {
        var database = backups.database("orders", ROWS);
        var id = TimeOrderedId.next(clock);
        var published = backups.run(database, id, PageProgress.NONE);
        backups.catalog
                .catalog
                .update("DELETE FROM snapshot")
                .update(); // as if the process had died between manifest and row
        TestBackups.execute(database.path(), "DELETE FROM t");
        var phases = new ArrayList<String>();
        var again = backups.run(database, id, recording(phases));
        assertThat(again).isEqualTo(published);
        assertThat(phases).as("nothing is captured a second time").isEmpty();
        assertThat(backups.repository.snapshotIds(database.id())).hasSize(1);
    }

    @Test
    void runWhenAKilledWriterLeftAHotJournalNotesThatItRolledItBack() throws Exception {
        var database = backups.database("shop");
        SampleDatabases.accounts(database.path(), "DELETE");
        try (var application = OtherProcess.start(LiveApplication.class, "die", database.path())) {
            application.awaitLine("in mid-transaction");
            application.kill();
        }
        var journal = Path.of(database.path() + "-journal");
        assertThatExceptionOfType(SourceException.HotJournal.class)
                .as("whoever only looks changes nothing")
                .isThrownBy(() -> DatabaseFacts.read(database.path()));
        assertThat(journal).exists();
        var snapshot = backups.run(database);
        assertThat(snapshot.capture().notes()).singleElement().asString().contains("hot journal");
        assertThat(journal).doesNotExist();
    }

    @Test
    void runLeavesNoCopyInStagingForTheCheckThatFollows() throws Exception {
        var staging = backups.staging();
        var plan = new BackupPlan(TimeOrderedId.next(clock), Method.ONLINE, Map.of(), 0);
        var database = backups.database("orders", ROWS);
        backups.backup.run(
                JobCommands.none(UUID.randomUUID()), database.id(), plan, Duration.ZERO, staging, PageProgress.NONE);
        assertThat(staging).isEmptyDirectory();
    }

    @Test
    void runTellsItsPhases() throws Exception {
        var phases = new ArrayList<String>();
        var wal = backups.database("orders", ROWS);
        backups.run(wal, TimeOrderedId.next(clock), recording(phases));
        assertThat(phases).containsExactly("CAPTURING");
        phases.clear();
        TestBackups.execute(wal.path(), "PRAGMA journal_mode = DELETE");
        backups.run(wal, TimeOrderedId.next(clock), recording(phases));
        assertThat(phases).containsExactly("SCANNING", "CAPTURING");
        phases.clear();
        backups.run(wal, TimeOrderedId.next(clock), Method.ONLINE, recording(phases));
        assertThat(phases).containsExactly("CAPTURING", "SAVING");
    }

    @Test
    void runWhenCancelledInAnyPhasePublishesNothing() throws Exception {
        var database = backups.database("orders", ROWS);
        for (var phase : new String[] {"CAPTURING", "SAVING"}) {
            for (var method : new Method[] {Method.ONLINE, Method.VACUUM}) {
                assertThatExceptionOfType(CancellationException.class)
                        .isThrownBy(() -> backups.run(database, TimeOrderedId.next(clock), method, cancelIn(phase)));
            }
        }
        for (var method : new Method[] {Method.SCAN, Method.LOCKED_COPY}) {
            assertThatExceptionOfType(CancellationException.class)
                    .isThrownBy(() -> backups.run(database, TimeOrderedId.next(clock), method, cancelIn("CAPTURING")));
        }
        assertThat(backups.repository.snapshotIds(database.id())).isEmpty();
        assertThat(backups.catalog.snapshots.newest(database.id())).isEmpty();
        try (var files = Files.walk(backups.catalog.node.repositoryDirectory().orElseThrow())) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString()))
                    .containsExactly("repository.json");
        }
    }

    @Test
    void runWhenTheFileBecameALinkOutOfTheRootsIsRefused() throws Exception {
        var database = backups.database("orders", ROWS);
        var outside = Files.createTempDirectory("outside");
        var moved = Files.move(database.path(), outside.resolve("orders.db"));
        Files.createSymbolicLink(database.path(), moved);
        assertThatExceptionOfType(PathNotAllowedException.class).isThrownBy(() -> backups.run(database));
        Files.delete(moved);
        Files.delete(outside);
    }

    @Test
    void runWhenTheFileIsGoneOrNoLongerADatabaseSaysSo() throws Exception {
        var database = backups.database("orders", ROWS);
        Files.delete(database.path());
        assertThatProblem(ProblemCode.SOURCE_UNREADABLE, "cannot be read").isThrownBy(() -> backups.run(database));
        Files.writeString(database.path(), "Dear diary, ".repeat(100));
        assertThatExceptionOfType(SourceException.NotADatabase.class).isThrownBy(() -> backups.run(database));
    }

    @Test
    void runWithVacuumHasTheSameRowsInFewerPages() throws Exception {
        var database = backups.database("orders", ROWS);
        TestBackups.execute(database.path(), "DELETE FROM t WHERE id % 10 <> 0");
        var online = backups.run(database);
        var vacuum = backups.run(database, Method.VACUUM);
        assertThat(vacuum.capture().methodUsed()).isEqualTo("VACUUM");
        assertThat(vacuum.content().pageCount()).isLessThan(online.content().pageCount());
        assertThat(rows(backups.content(vacuum))).isEqualTo(rows(backups.content(online)));
    }

    private String rows(byte[] content) throws Exception {
        var file = Files.write(dir.resolve("rows.db"), content);
        try (var connection = java.sql.DriverManager.getConnection("jdbc:sqlite:" + file);
                var rows = connection
                        .createStatement()
                        .executeQuery("SELECT count(*) || ' ' || sum(id) || ' ' || group_concat(v) FROM t")) {
            return rows.getString(1);
        } finally {
            deleteWithCompanions(file);
        }
    }

    private static void deleteWithCompanions(Path file) throws IOException {
        for (var suffix : new String[] {"", "-wal", "-shm"}) {
            Files.deleteIfExists(Path.of(file + suffix));
        }
    }

    private static PageProgress recording(java.util.List<String> phases) {
        return new PageProgress() {
            @Override
            public void pages(long done, long total) {}

            @Override
            public PageProgress phase(String name, int pageSize) {
                phases.add(name);
                return this;
            }
        };
    }

    private static PageProgress cancelIn(String wanted) {
        return new PageProgress() {
            private boolean cancel;

            @Override
            public void pages(long done, long total) {
                if (cancel) {
                    throw new CancellationException();
                }
            }

            @Override
            public PageProgress phase(String name, int pageSize) {
                cancel = name.equals(wanted);
                return this;
            }
        };
    }
}
