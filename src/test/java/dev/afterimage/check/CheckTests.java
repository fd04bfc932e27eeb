package dev.afterimage.check;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import dev.afterimage.sqlite.check.CheckLevel;
import dev.afterimage.sqlite.check.CheckResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckTests {

    private static final String[] ROWS = {
        "PRAGMA foreign_keys = OFF",
        "CREATE TABLE parent (id INTEGER PRIMARY KEY)",
        "CREATE TABLE child (v TEXT UNIQUE, parent REFERENCES parent (id))",
        "INSERT INTO child WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)"
                + " SELECT hex(randomblob(50)), NULL FROM n"
    };

    @TempDir
    Path dir;

    private TestBackups backups;
    private Check check;
    private TestClock clock;

    @BeforeEach
    void openHome() {
        clock = new TestClock();
        backups = new TestBackups(dir, clock);
        check = TestCheck.on(backups, clock);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    /** Another thread that then opened a database of that name would take it for the one that it had opened. */
    @Test
    void runGivesTheFileInStagingANameThatNoDatabaseHas() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        var names = new HashSet<String>();
        var staging = backups.staging();
        check.run(
                snapshot.id(),
                CheckLevel.QUICK,
                staging,
                (done, total) -> names.addAll(SampleDatabases.filesIn(staging)));
        assertThat(names).containsExactly("check-" + snapshot.id() + ".db");
    }

    @Test
    void runWhenAllIsWellPassesTheSnapshot() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        for (var level : CheckLevel.values()) {
            var result = check.run(snapshot.id(), level, backups.staging(), PageProgress.NONE);
            assertThat(result.passed()).isTrue();
            assertThat(result.level()).isEqualTo(level.name());
        }
        assertThat(backups.catalog.snapshots.get(snapshot.id()).verification()).isEqualTo(Snapshot.Verification.PASSED);
        assertThat(backups.catalog.checks.list(snapshot.id())).hasSize(2);
    }

    @Test
    void runMakesTheSha256KnownThatAScanDoesNotKnow() throws Exception {
        var database = backups.database("orders", ROWS);
        var snapshot = backups.run(database);
        assertThat(snapshot.content().sha256()).isNull();
        check.run(snapshot.id(), CheckLevel.QUICK, backups.staging(), PageProgress.NONE);
        var sha256 = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(database.path()));
        assertThat(backups.catalog.snapshots.get(snapshot.id()).content().sha256())
                .isEqualTo(HexFormat.of().formatHex(sha256));
    }

    @Test
    void runAllWhenOneDoesNotPassChecksTheOthersToo() throws Exception {
        var bad = backups.run(corrupted(backups.database("bad", ROWS)));
        var good = backups.run(backups.database("good", ROWS));
        var staging = backups.staging();
        assertThatExceptionOfType(CheckFailedException.class)
                .isThrownBy(() -> TestCheck.verification(backups, clock)
                        .runAll(List.of(bad, good), VerifyLevel.FULL, staging, PageProgress.NONE))
                .satisfies(failed -> assertThat(failed.problem().properties()).containsEntry("database", "bad"));
        assertThat(backups.catalog.snapshots.get(good.id()).verification()).isEqualTo(Snapshot.Verification.PASSED);
        assertThat(staging).isEmptyDirectory();
    }

    @Test
    void runWhenRowsLackTheirParentCountsThemAndPasses() throws Exception {
        var database = backups.database("orders", ROWS);
        TestBackups.execute(
                database.path(), "PRAGMA foreign_keys = OFF", "INSERT INTO child VALUES ('a', 7), ('b', 8)");
        var result = check.run(backups.run(database).id(), CheckLevel.FULL, backups.staging(), PageProgress.NONE);
        assertThat(result.passed()).isTrue();
        assertThat(result.foreignKeyViolations()).isEqualTo(2);
    }

    @Test
    void runWhenContentBreaksRulesOfTheSchemaCountsThatAndPasses() throws Exception {
        var database = backups.database("orders", ROWS);
        TestBackups.execute(
                database.path(),
                "CREATE TABLE broken(x)",
                "INSERT INTO broken VALUES (NULL), (NULL)",
                "PRAGMA writable_schema = ON",
                "UPDATE sqlite_schema SET sql = 'CREATE TABLE broken(x NOT NULL)' WHERE name = 'broken'");
        var snapshot = backups.run(database);
        var result = check.run(snapshot.id(), CheckLevel.FULL, backups.staging(), PageProgress.NONE);
        assertThat(backups.catalog.snapshots.get(snapshot.id()).verification()).isEqualTo(Snapshot.Verification.PASSED);
        assertThat(result.contentViolations()).isEqualTo(2);
        assertThat(result.contentMessages()).containsExactly("NULL value in broken.x");
        assertThat(backups.catalog.checks.list(snapshot.id())).containsExactly(result);
    }

    @Test
    void runWhenTheSourceHadACorruptPageQuarantinesWithWhatSqlitePrinted() throws Exception {
        var database = corrupted(backups.database("orders", ROWS));
        var snapshot = backups.run(database);
        assertThatExceptionOfType(CheckFailedException.class)
                .isThrownBy(() -> check.run(snapshot.id(), CheckLevel.FULL, backups.staging(), PageProgress.NONE))
                .satisfies(failed -> assertThat(failed.problem().properties()).containsKey("messages"));
        var quarantined = backups.catalog.snapshots.get(snapshot.id());
        assertThat(quarantined.state()).isEqualTo(Snapshot.State.QUARANTINED);
        assertThat(backups.catalog.checks.list(snapshot.id()).getFirst().messages())
                .isNotEmpty();
    }

    @Test
    void runWhenWhatIsStoredWasDamagedQuarantines() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        backups.damage(snapshot);
        assertThatExceptionOfType(CheckFailedException.class)
                .isThrownBy(() -> check.run(snapshot.id(), CheckLevel.QUICK, backups.staging(), PageProgress.NONE));
        assertThat(backups.catalog.snapshots.get(snapshot.id()).state()).isEqualTo(Snapshot.State.QUARANTINED);
    }

    @Test
    void runWhenASharedLayerWasDamagedQuarantinesAllThatNeedItSoThatTheNextBackupMendsIt() throws Exception {
        var orders = backups.database("orders", ROWS);
        var first = backups.run(orders);
        TestBackups.execute(orders.path(), "INSERT INTO parent VALUES (1)");
        var second = backups.run(orders);
        var other = backups.run(backups.database("users", ROWS));
        backups.damage(first);
        TestBackups.execute(orders.path(), "INSERT INTO parent VALUES (2)");
        var third = backups.run(orders);

        assertThatExceptionOfType(CheckFailedException.class)
                .isThrownBy(() -> check.run(third.id(), CheckLevel.QUICK, backups.staging(), PageProgress.NONE));

        assertThat(List.of(first, second, third)).extracting(this::state).containsOnly(Snapshot.State.QUARANTINED);
        assertThat(backups.catalog.checks.list(second.id()))
                .singleElement()
                .satisfies(found -> assertThat(found.messages())
                        .singleElement()
                        .asString()
                        .contains(backups.layers(first).getFirst()));
        assertThat(state(other)).isEqualTo(Snapshot.State.AVAILABLE);
        var fourth = backups.run(orders);
        check.run(fourth.id(), CheckLevel.FULL, backups.staging(), PageProgress.NONE);
        assertThat(backups.content(fourth)).isEqualTo(Files.readAllBytes(orders.path()));
    }

    private Snapshot.State state(Snapshot snapshot) {
        return backups.catalog.snapshots.get(snapshot.id()).state();
    }

    @Test
    void runWhenTheManifestIsGoneQuarantines() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        backups.repository.delete(snapshot.databaseId(), List.of(snapshot.id()));
        assertThatExceptionOfType(CheckFailedException.class)
                .isThrownBy(() -> check.run(snapshot.id(), CheckLevel.QUICK, backups.staging(), PageProgress.NONE))
                .withMessageContaining("no snapshot");
        assertThat(backups.catalog.snapshots.get(snapshot.id()).state()).isEqualTo(Snapshot.State.QUARANTINED);
    }

    /** Overwrites a page in the middle of the file with nonsense. */
    private static Database corrupted(Database database) throws Exception {
        var bytes = Files.readAllBytes(database.path());
        Arrays.fill(bytes, 10 * 4096, 11 * 4096, (byte) 0x5A);
        Files.write(database.path(), bytes);
        return new Database(
                database.id(),
                database.name(),
                database.location(),
                database.location(),
                Map.of(),
                database.node(),
                database.createdAt(),
                null);
    }

    @Test
    void confirmWhenWhatIsStoredIsTheFileRecordsWhatTheCheckOfTheFileFound() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        var ofFile = new CheckResult(
                CheckLevel.FULL, List.of(), 7, List.of("NULL value in t.x"), 3, List.of("table t: no such module"));
        var confirmed = check.confirm(snapshot.id(), ofFile, PageProgress.NONE);
        assertThat(backups.catalog.snapshots.get(snapshot.id()).verification()).isEqualTo(Snapshot.Verification.PASSED);
        assertThat(backups.catalog.checks.list(snapshot.id())).containsExactly(confirmed);
        assertThat(confirmed.level()).isEqualTo("FULL");
        assertThat(confirmed.foreignKeyViolations()).isEqualTo(3);
        assertThat(confirmed.contentViolations()).isEqualTo(7);
        assertThat(confirmed.contentMessages()).isEqualTo(ofFile.contentMessages());
        assertThat(confirmed.unproven()).isEqualTo(ofFile.unproven());
    }

    @Test
    void confirmWhenWhatIsStoredIsDamagedQuarantinesTheSnapshot() throws Exception {
        var snapshot = backups.run(backups.database("orders", ROWS));
        backups.damage(snapshot);
        var ofFile = new CheckResult(CheckLevel.FULL, List.of());
        assertThatExceptionOfType(CheckFailedException.class)
                .isThrownBy(() -> check.confirm(snapshot.id(), ofFile, PageProgress.NONE));
        assertThat(backups.catalog.snapshots.get(snapshot.id()).state()).isEqualTo(Snapshot.State.QUARANTINED);
    }

    @Test
    void fileWhenItIsDamagedSaysWhatSqliteSays() throws Exception {
        var file = backups.database("orders", ROWS).path();
        assertThat(check.file(file, CheckLevel.FULL, PageProgress.NONE).passed())
                .isTrue();
        var bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, 4096, 8192, (byte) 0xA5);
        Files.write(file, bytes);
        assertThatProblem(ProblemCode.CHECK_FAILED, "check of the file found")
                .isThrownBy(() -> check.file(file, CheckLevel.FULL, PageProgress.NONE))
                .satisfies(
                        e -> assertThat(e.problem().properties().get("messages").toString())
                                .contains("page 2"));
    }
}
