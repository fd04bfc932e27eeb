package dev.afterimage.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshot.Level;
import dev.afterimage.catalog.snapshots.SnapshotCheck;
import dev.afterimage.sqlite.PageProgress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

class VerificationTests {

    private static final String[] ROWS = {
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v)",
        "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
                + " SELECT i, hex(randomblob(100)) FROM n"
    };

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private TestBackups backups;
    private Verification verification;
    private Database orders;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        verification = TestCheck.verification(backups, DataSize.ofBytes(0), clock);
        orders = backups.database("orders", ROWS);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void runStoredReadsBackWhatIsNewAndNothingElse() throws Exception {
        var first = verified(VerifyLevel.STORED);
        var second = changed();
        damage(layer(first, 0), 100);
        assertThat(verified(second, VerifyLevel.STORED).proof().level()).isEqualTo(Level.STORED);
        assertThat(checks(second).getFirst().level()).isEqualTo("STORED");

        var third = changed();
        damage(layer(third, 2), 100);
        assertFails(third, VerifyLevel.STORED);
        assertThat(state(third)).isEqualTo(Snapshot.State.QUARANTINED);
        assertThat(state(second)).isEqualTo(Snapshot.State.AVAILABLE);
    }

    @Test
    void runStoredReadsBackWhatASnapshotThatNobodyCheckedHasLeft() throws Exception {
        verified(VerifyLevel.STORED);
        var unchecked = verified(changed(), VerifyLevel.NONE);
        assertThat(unchecked.proof()).isEqualTo(Snapshot.Proof.NONE);
        var next = changed();
        damage(layer(unchecked, 1), 100);
        assertFails(next, VerifyLevel.STORED);
        assertThat(state(unchecked)).isEqualTo(Snapshot.State.QUARANTINED);
    }

    @Test
    void runStoredWhenAnOldLayerIsGoneTellsAllThatNeedIt() throws Exception {
        var first = verified(VerifyLevel.FULL);
        var second = changed();
        Files.delete(layer(first, 0));
        assertFails(second, VerifyLevel.STORED);
        assertThat(List.of(first, second)).extracting(this::state).containsOnly(Snapshot.State.QUARANTINED);
        assertThat(checks(first).getFirst().messages())
                .singleElement()
                .asString()
                .contains("missing");
        assertThat(backups.catalog.snapshots.get(first.id()).proof()).isEqualTo(Snapshot.Proof.NONE);
    }

    /** A snapshot that names a layer which somebody has deleted is not made: its pages are stored again. */
    @Test
    void backupAfterAnOldLayerIsGoneStoresItsPagesAgainAndTellsAllThatNeedIt() throws Exception {
        var first = verified(VerifyLevel.FULL);
        var second = verified(changed(), VerifyLevel.STORED);
        Files.delete(layer(first, 0));

        var third = verified(changed(), VerifyLevel.AUTO);

        assertThat(backups.layers(third)).hasSize(1);
        assertThat(third.proof().level()).isEqualTo(Level.FULL);
        assertThat(backups.content(third)).isEqualTo(Files.readAllBytes(orders.path()));
        assertThat(List.of(first, second)).extracting(this::state).containsOnly(Snapshot.State.QUARANTINED);
    }

    @Test
    void runStoredReadsBackWhatWasMerged() throws Exception {
        var last = verified(VerifyLevel.STORED);
        var next = changed();
        while (backups.layers(next).containsAll(backups.layers(last))) { // until the first merge
            last = verified(next, VerifyLevel.STORED);
            next = changed();
        }
        var before = backups.layers(last);
        var merged = backups.layers(next).stream()
                .filter(layer -> !before.contains(layer))
                .findFirst()
                .orElseThrow();
        damage(layer(next, backups.layers(next).indexOf(merged)), 100);
        assertFails(next, VerifyLevel.STORED);
    }

    @Test
    void runAutoIsFullFirstAndWhenItIsDueAndAfterAFailureAndElseStored() throws Exception {
        var first = verified(VerifyLevel.AUTO);
        assertThat(first.proof()).isEqualTo(new Snapshot.Proof(Level.FULL, clock.instant()));
        clock.advance(Duration.ofHours(21));
        var second = verified(changed(), VerifyLevel.AUTO);
        assertThat(second.proof())
                .isEqualTo(new Snapshot.Proof(Level.STORED, first.proof().fullCheckAt()));
        clock.advance(Duration.ofHours(1)); // a tenth of a day before the day is over
        assertThat(verified(changed(), VerifyLevel.AUTO).proof())
                .isEqualTo(new Snapshot.Proof(Level.FULL, clock.instant()));
        assertThat(verified(changed(), VerifyLevel.AUTO).proof().level()).isEqualTo(Level.STORED);

        var now = clock.instant();
        backups.catalog.checks.add(new SnapshotCheck(
                TimeOrderedId.next(clock), changed().id(), "QUICK", false, now, now, List.of("Tree 2 page 3: wrong")));
        assertThat(verified(changed(), VerifyLevel.AUTO).proof().level()).isEqualTo(Level.FULL);
        assertThat(verified(changed(), VerifyLevel.AUTO).proof().level()).isEqualTo(Level.STORED);

        clock.advance(Duration.ofDays(-2)); // what was noted is still to come
        assertThat(verified(changed(), VerifyLevel.AUTO).proof().level()).isEqualTo(Level.FULL);
    }

    @Test
    void runAutoOfASmallDatabaseIsFull() throws Exception {
        verification = TestCheck.verification(backups, clock);
        verified(VerifyLevel.AUTO);
        assertThat(verified(changed(), VerifyLevel.AUTO).proof().level()).isEqualTo(Level.FULL);
    }

    /** Such as a nightly drill beside a backup each minute, which began when the drill had not ended. */
    @Test
    void fullCheckIsKnownOfAllThatWereBuiltOnTheSnapshotUpToTheNextThatPassedOne() throws Exception {
        var first = verified(VerifyLevel.STORED);
        var second = verified(changed(), VerifyLevel.QUICK);
        var third = verified(changed(), VerifyLevel.FULL);
        var fourth = verified(changed(), VerifyLevel.STORED);
        var before = clock.instant();
        clock.advance(Duration.ofHours(1));

        verified(first, VerifyLevel.FULL);

        assertThat(List.of(first, second, third, fourth))
                .map(snapshot -> backups.catalog.snapshots.get(snapshot.id()).proof())
                .containsExactly(
                        new Snapshot.Proof(Level.FULL, clock.instant()),
                        new Snapshot.Proof(Level.QUICK, clock.instant()),
                        new Snapshot.Proof(Level.FULL, before),
                        new Snapshot.Proof(Level.STORED, before));
        verified(third, VerifyLevel.QUICK);
        assertThat(backups.catalog.snapshots.get(third.id()).proof().level()).isEqualTo(Level.FULL);
    }

    private Snapshot verified(VerifyLevel level) throws Exception {
        return verified(backups.run(orders), level);
    }

    private Snapshot verified(Snapshot snapshot, VerifyLevel level) {
        verification.run(snapshot, level, backups.staging(), PageProgress.NONE);
        return backups.catalog.snapshots.get(snapshot.id());
    }

    private void assertFails(Snapshot snapshot, VerifyLevel level) {
        assertThatExceptionOfType(CheckFailedException.class).isThrownBy(() -> verified(snapshot, level));
    }

    /** A snapshot of the database after a page of it has changed. */
    private Snapshot changed() throws Exception {
        TestBackups.execute(orders.path(), "UPDATE t SET v = hex(randomblob(100)) WHERE id = 2500");
        return backups.run(orders);
    }

    private Snapshot.State state(Snapshot snapshot) {
        return backups.catalog.snapshots.get(snapshot.id()).state();
    }

    private List<SnapshotCheck> checks(Snapshot snapshot) {
        return backups.catalog.checks.list(snapshot.id());
    }

    private Path layer(Snapshot snapshot, int number) {
        return backups.catalog
                .node
                .repositoryDirectory()
                .orElseThrow()
                .resolve("layers")
                .resolve(orders.id().toString())
                .resolve(backups.layers(snapshot).get(number));
    }

    /** Flips a bit in the first block. */
    private static void damage(Path layer, int at) throws IOException {
        var bytes = Files.readAllBytes(layer);
        bytes[at] ^= 1;
        assertThat(layer.toFile().setWritable(true)).isTrue();
        Files.write(layer, bytes);
    }
}
