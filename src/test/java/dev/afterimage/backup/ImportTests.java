package dev.afterimage.backup;

import static dev.afterimage.problem.ProblemAssertions.assertThatProblem;
import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.sqlite.EncryptedFile;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.SampleDatabases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots of plain files: what they have, what they build on, and where they stand among backups. */
class ImportTests {

    private static final String CHANGE = "UPDATE account SET balance = 0 WHERE id = 500";

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Database database;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        database = backups.database("orders", "CREATE TABLE t (v)");
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    private Snapshot run(Path file, Instant createdAt) {
        var plan = new ImportPlan(TimeOrderedId.at(createdAt), createdAt, Map.of(), false, List.of());
        return run(plan, file);
    }

    private Snapshot run(ImportPlan plan, Path file) {
        return backups.importing.run(database.id(), plan, file, PageProgress.NONE);
    }

    private Path accounts(String name) {
        return SampleDatabases.accounts(dir.resolve(name), "DELETE");
    }

    private static Instant daysAgo(TestClock clock, int days) {
        return clock.instant().minus(Duration.ofDays(days));
    }

    @Test
    void runHasEachByteOfTheFileAndWhatThePlanSays() throws Exception {
        var file = accounts("old.db");
        var createdAt = daysAgo(clock, 3);
        var plan = new ImportPlan(
                TimeOrderedId.at(createdAt),
                createdAt,
                Map.of("from", "tape"),
                true,
                List.of("It was found on a tape."));
        var snapshot = run(plan, file);
        assertThat(backups.content(snapshot)).isEqualTo(Files.readAllBytes(file));
        assertThat(snapshot.id()).isEqualTo(plan.snapshotId());
        assertThat(snapshot.createdAt()).isEqualTo(createdAt);
        assertThat(snapshot.labels()).containsEntry("from", "tape");
        assertThat(snapshot.pinned()).isTrue();
        assertThat(snapshot.verification()).isEqualTo(Snapshot.Verification.UNVERIFIED);
        assertThat(snapshot.content().sha256()).as("the whole file was read").isNotNull();
        assertThat(snapshot.capture().method()).isEqualTo("IMPORT");
        assertThat(snapshot.capture().methodUsed()).isEqualTo("IMPORT");
        assertThat(snapshot.capture().journalMode()).isEqualTo("ROLLBACK");
        assertThat(snapshot.capture().notes()).containsExactly("It was found on a tape.");
    }

    @Test
    void runWhenAnEarlierAttemptPublishedTakesItsSnapshotUpWithoutTheFileAndPinsIt() throws Exception {
        var file = accounts("old.db");
        var plan = new ImportPlan(TimeOrderedId.next(clock), clock.instant(), Map.of(), true, List.of());
        var published = run(plan, file);
        backups.catalog.catalog.update("DELETE FROM snapshot").update(); // as if it had died before the row
        backups.unrecorded.record(database.id(), published.id()); // as the next start does, which knows of no pin
        Files.delete(file);
        assertThat(run(plan, file)).isEqualTo(published);
        assertThat(backups.repository.snapshotIds(database.id())).hasSize(1);
    }

    @Test
    void runWhenPagesAreKnownStoresOnlyTheOthers() throws Exception {
        var file = accounts("old.db");
        var first = run(file, daysAgo(clock, 2));
        SampleDatabases.create(file, CHANGE);
        var second = run(file, daysAgo(clock, 1));
        assertThat(backups.layers(second))
                .startsWith(backups.layers(first).getFirst())
                .hasSize(2);
        assertThat(second.content().newBytes()).isLessThan(first.content().newBytes() / 2);
        assertThat(backups.content(second)).isEqualTo(Files.readAllBytes(file));
    }

    /** The clock was an hour ahead, and is right again. */
    @Test
    void runLockedWhenTheClockHasGoneBackMakesTheNewestSnapshot() throws Exception {
        clock.advance(Duration.ofHours(1));
        backups.run(database);
        clock.advance(Duration.ofHours(-1));
        var plan = new ImportPlan(TimeOrderedId.at(clock.instant()), clock.instant(), Map.of(), true, List.of());
        var ofNow = backups.importing.runLocked(database.id(), plan, accounts("now.db"), PageProgress.NONE);
        assertThat(backups.catalog.snapshots.newest(database.id())).contains(ofNow);
    }

    @Test
    void runBuildsOnTheSnapshotThatIsNearestInTime() throws Exception {
        var ofToday = backups.run(database);
        var file = accounts("old.db");
        var early = run(file, daysAgo(clock, 9));
        SampleDatabases.create(file, CHANGE);
        var later = run(file, daysAgo(clock, 8));
        assertThat(backups.layers(later))
                .contains(backups.layers(early).getLast())
                .hasSizeGreaterThan(1);
        assertThat(later.content().newBytes()).isLessThan(early.content().newBytes() / 2);
        assertThat(backups.catalog.snapshots.newest(database.id())).contains(ofToday);
    }

    @Test
    void runWhenTheFileIsOldIsNeitherTheNewestNorWhatTheNextBackupBuildsOn() throws Exception {
        var backup = backups.run(database);
        var imported = run(accounts("old.db"), daysAgo(clock, 400));
        var snapshots = backups.catalog.snapshots;
        assertThat(snapshots.newest(database.id())).contains(backup);
        assertThat(snapshots.latest(database)).isEqualTo(backup);
        assertThat(imported.id()).as("lists are ordered by id").isLessThan(backup.id());
        clock.advance(Duration.ofHours(1));
        TestBackups.execute(database.path(), "INSERT INTO t VALUES (1)");
        var next = backups.run(database);
        assertThat(backups.layers(next))
                .startsWith(backups.layers(backup).getFirst())
                .doesNotContain(backups.layers(imported).getLast());
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 1000}) // in the footer, which is read first, and in the tables before it
    void runWhenTheIndexToBuildOnIsDamagedStoresInFullAndSaysSo(int fromEnd) throws Exception {
        var file = accounts("old.db");
        var damaged = run(file, daysAgo(clock, 2));
        flip(backups.layers(damaged).getFirst(), fromEnd);
        SampleDatabases.create(file, CHANGE);
        var second = run(file, daysAgo(clock, 1));
        assertThat(second.capture().notes())
                .singleElement()
                .asString()
                .contains("in full", damaged.id().toString());
        assertThat(backups.content(second)).isEqualTo(Files.readAllBytes(file));
    }

    private void flip(String layerId, int fromEnd) throws IOException {
        var layer = backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("layers/" + database.id() + "/" + layerId);
        var bytes = Files.readAllBytes(layer);
        bytes[bytes.length - fromEnd] ^= 1;
        Files.write(layer, bytes);
    }

    @Test
    void runWhenPagesHaveAnotherSizeThanTheDatabasesStoresAll() throws Exception {
        backups.run(database);
        var file = SampleDatabases.create(dir.resolve("old.db"), "PRAGMA page_size = 512", "CREATE TABLE u (v)");
        assertThat(backups.content(run(file, clock.instant()))).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void runWhenTheFileIsNoWholeDatabasePublishesNothing() throws Exception {
        var whole = Files.readAllBytes(accounts("whole.db"));
        refused(new byte[0], "it is empty");
        refused("Dear diary, ".repeat(100).getBytes(), "does not begin with");
        refused(Arrays.copyOf(whole, 99), "99");
        refused(Arrays.copyOf(whole, whole.length - 4096), "cut off");
        refused(Arrays.copyOf(whole, whole.length + 1), "no whole number of pages");
        assertThatProblem(ProblemCode.SOURCE_UNREADABLE, "cannot be read")
                .isThrownBy(() -> run(dir.resolve("nowhere.db"), clock.instant()));
        assertThat(backups.repository.snapshotIds(database.id())).isEmpty();
    }

    @Test
    void runWhenTheFileIsEncryptedSaysSoAndWhatToDo() throws Exception {
        var file = EncryptedFile.of(accounts("encrypted.db"));
        assertThatProblem(ProblemCode.NOT_A_DATABASE, "The file is no SQLite database")
                .isThrownBy(() -> run(file, clock.instant()))
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(ProblemCode.NOT_A_DATABASE))
                .satisfies(e -> assertThat(e.problem().hint()).contains("sqlcipher_export"))
                .withMessageContaining("encrypted");
        assertThat(backups.repository.snapshotIds(database.id())).isEmpty();
    }

    private void refused(byte[] content, String why) throws IOException {
        var file = Files.write(dir.resolve("refused.db"), content);
        assertThatProblem(ProblemCode.NOT_A_DATABASE, "The file is no whole SQLite database")
                .isThrownBy(() -> run(file, clock.instant()))
                .withMessageContaining(why);
    }

    @Test
    void notesWhenTheFileIsInWalModeSayWhatIsNotInIt() {
        var file = SampleDatabases.accounts(dir.resolve("wal.db"), "WAL");
        assertThat(ImportFile.at(file).notes()).singleElement().asString().contains("-wal");
        assertThat(ImportFile.at(accounts("old.db")).notes()).isEmpty();
    }

    @Test
    void notesWhenPagesFollowTheLastOneSayHowMuch() throws Exception {
        var file = accounts("long.db");
        var bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, bytes.length + 2 * 4096));
        assertThat(ImportFile.at(file).notes()).singleElement().asString().contains("8192 bytes after the last page");
        assertThat(backups.content(run(file, clock.instant()))).isEqualTo(Files.readAllBytes(file));
    }

    @Test
    void rebuildBringsImportsBackAsTheyWere() throws Exception {
        var imported = run(accounts("old.db"), daysAgo(clock, 30));
        backups.catalog.catalog.update("DELETE FROM snapshot").update();
        backups.rebuild();
        assertThat(backups.catalog.snapshots.get(imported.id())).isEqualTo(imported);
    }
}
