package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.sqlite.live.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a backup builds on, which method takes it, and what its snapshot says about both. */
class IncrementalBackupTests {

    private static final String ROWS = "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
            + " WHERE i < 5000) SELECT i, hex(randomblob(200)) FROM n";
    private static final String CHANGE = "UPDATE t SET v = hex(randomblob(200)) WHERE id = 2500";

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

    @ParameterizedTest
    @EnumSource(
            value = Method.class,
            names = {"AUTO", "SCAN", "ONLINE", "LOCKED_COPY"})
    void runWhenLittleHasChangedStoresLittle(Method method) throws Exception {
        var database = orders("WAL");
        var first = backups.run(database, method);
        TestBackups.execute(database.path(), CHANGE);
        var second = backups.run(database, method);

        assertThat(second.content().newBytes()).isLessThan(first.content().newBytes() / 20);
        assertThat(second.content().sizeBytes()).isEqualTo(first.content().sizeBytes());
        assertSame(backups.content(second), Files.readAllBytes(database.path()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"WAL", "DELETE"})
    void runWhenNothingHasChangedReadsAndStoresNoPages(String journalMode) throws Exception {
        var database = orders(journalMode);
        clock.advance(Duration.between(clock.instant(), Instant.now().plusSeconds(60)));
        var first = backups.run(database);
        var second = backups.run(database);

        assertThat(mark(second)).isNotNull().isEqualTo(mark(first));
        assertThat(second.content().newBytes()).isLessThan(4096);
        assertThat(second.content().treeDigest()).isEqualTo(first.content().treeDigest());
        assertSame(backups.content(second), backups.content(first));
    }

    @Test
    void runWhenTheDatabaseIsAnotherFileNowDoesNotTrustWhatThePathSaid() throws Exception {
        var database = orders("DELETE");
        clock.advance(Duration.between(clock.instant(), Instant.now().plusSeconds(60)));
        var first = backups.run(database);
        var other = orders("DELETE", "other");
        backups.catalog.databases.remove(other);
        backups.catalog.databases.change("orders", other.path(), other.path(), null, Databases.NewDemands.NONE);
        var second = backups.run(database);

        assertThat(mark(first)).isNotNull();
        assertSame(backups.content(second), Files.readAllBytes(other.path()));
        assertThat(backups.repository
                        .find(database.id(), second.id())
                        .orElseThrow()
                        .capture()
                        .sourcePath())
                .isEqualTo(other.path().toString());
    }

    @Test
    void runWhenTheNewestSnapshotIsQuarantinedBuildsOnTheOneBefore() throws Exception {
        var database = orders("WAL");
        var good = backups.run(database);
        TestBackups.execute(database.path(), "UPDATE t SET v = hex(randomblob(200)) WHERE id < 2500");
        var bad = backups.run(database);
        quarantine(bad);
        TestBackups.execute(database.path(), CHANGE);
        var next = backups.run(database);

        assertThat(layers(next))
                .contains(layers(good).getFirst())
                .doesNotContain(layers(bad).getLast());
        assertSame(backups.content(next), Files.readAllBytes(database.path()));
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTO", "ONLINE", "LOCKED_COPY"})
    void runWhenTheIndexToBuildOnIsDamagedStoresInFullAndSaysSo(Method method) throws Exception {
        for (int fromEnd : new int[] {10, 1000}) { // in the footer, which is read first, and in the tables before it
            var database = orders("WAL", "orders-" + fromEnd);
            var damaged = backups.run(database);
            flip(database, layers(damaged).getFirst(), fromEnd);
            var next = backups.run(database, method);

            assertThat(next.capture().notes())
                    .singleElement()
                    .asString()
                    .contains("in full", damaged.id().toString());
            assertThat(layers(next)).hasSize(1);
            assertSame(backups.content(next), Files.readAllBytes(database.path()));
        }
    }

    @Test
    void runWhenAManifestIsDamagedBuildsOnTheOneBefore() throws Exception {
        var database = orders("WAL");
        var good = backups.run(database);
        var bad = backups.run(database);
        var manifests = backups.catalog.node.repositoryDirectory().orElseThrow().resolve("manifests/" + database.id());
        Files.writeString(manifests.resolve(bad.id() + ".json"), "{}");
        var next = backups.run(database);

        assertThat(layers(next)).isEqualTo(layers(good));
    }

    @Test
    void runWithVacuumNeitherBuildsOnASnapshotNorIsBuiltOn() throws Exception {
        var database = orders("WAL");
        var scanned = backups.run(database);
        TestBackups.execute(database.path(), "DELETE FROM t WHERE id % 10 = 0");
        var vacuumed = backups.run(database, Method.VACUUM);
        var next = backups.run(database);

        assertThat(layers(vacuumed)).hasSize(1).doesNotContainAnyElementsOf(layers(scanned));
        assertThat(layers(next)).contains(layers(scanned).getFirst()).doesNotContainAnyElementsOf(layers(vacuumed));
    }

    @Test
    void runWithAutoTellsWhatItTookAndWhy() throws Exception {
        var scanned = backups.run(orders("WAL")).capture();
        assertThat(scanned.method()).isEqualTo("AUTO");
        assertThat(scanned.methodUsed()).isEqualTo("SCAN");
        assertThat(scanned.methodReason()).contains("SCAN");

        var empty = backups.catalog.databases.add(
                "empty", Files.createFile(dir.toRealPath().resolve("empty.db")), Map.of());
        var copied = backups.run(empty).capture();
        assertThat(copied.method()).isEqualTo("AUTO");
        assertThat(copied.methodUsed()).isEqualTo("ONLINE");
        assertThat(copied.methodReason()).contains("empty");
        assertThatExceptionOfType(SourceException.NotScannable.class).isThrownBy(() -> backups.run(empty, Method.SCAN));
    }

    @Test
    void runWithAMethodByNameHasNoReasonForIt() throws Exception {
        var database = orders("WAL");
        for (var method : new Method[] {Method.SCAN, Method.ONLINE, Method.LOCKED_COPY, Method.VACUUM}) {
            var capture = backups.run(database, method).capture();
            assertThat(capture.method()).isEqualTo(method.name());
            assertThat(capture.methodUsed()).isEqualTo(method.name());
            assertThat(capture.methodReason()).isNull();
        }
    }

    private Database orders(String journalMode) throws Exception {
        return orders(journalMode, "orders");
    }

    private Database orders(String journalMode, String name) throws Exception {
        return backups.database(
                name, "PRAGMA journal_mode = " + journalMode, "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", ROWS);
    }

    private List<String> layers(Snapshot snapshot) {
        return backups.layers(snapshot);
    }

    private String mark(Snapshot snapshot) {
        return backups.repository
                .find(snapshot.databaseId(), snapshot.id())
                .orElseThrow()
                .capture()
                .stateMark();
    }

    private void quarantine(Snapshot snapshot) {
        var now = clock.instant();
        backups.catalog.checks.add(
                new SnapshotCheck(TimeOrderedId.next(clock), snapshot.id(), "FULL", false, now, now, List.of("bad")));
    }

    private void flip(Database database, String layerId, int fromEnd) throws IOException {
        var layer = backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("layers/" + database.id() + "/" + layerId);
        var bytes = Files.readAllBytes(layer);
        bytes[bytes.length - fromEnd] ^= 1;
        Files.write(layer, bytes);
    }

    private static void assertSame(byte[] actual, byte[] expected) {
        assertThat(java.util.Arrays.mismatch(withoutCounters(actual), withoutCounters(expected)))
                .as("offset of the first byte that differs")
                .isEqualTo(-1);
    }

    /** The counters in the header that SQLite's backup API counts anew. */
    private static byte[] withoutCounters(byte[] database) {
        var bytes = database.clone();
        for (int counter : new int[] {24, 40, 92}) {
            java.util.Arrays.fill(bytes, counter, counter + 4, (byte) 0);
        }
        return bytes;
    }
}
