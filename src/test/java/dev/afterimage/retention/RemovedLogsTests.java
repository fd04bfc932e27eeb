package dev.afterimage.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.TestBackups;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.RemovedDatabases;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.log.TestSegments;
import java.nio.file.Path;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemovedLogsTests {

    private static final UUID CHAIN = UUID.randomUUID();

    private final TestClock clock = new TestClock();

    @TempDir
    Path dir;

    private TestBackups backups;
    private Database orders;
    private Segments segments;
    private LogCuts cuts;
    private RemovedLogs removed;

    @BeforeEach
    void openHome() throws Exception {
        backups = new TestBackups(dir, clock);
        orders = backups.database("orders", "CREATE TABLE t (v)");
        segments = new Segments(backups.repository.vault());
        cuts = new LogCuts(backups.catalog.catalog);
        removed = new RemovedLogs(
                new RemovedDatabases(backups.catalog.catalog, clock),
                cuts,
                new LogChains(backups.catalog.catalog),
                backups.repository);
        TestSegments.put(backups.repository.vault(), orders.id(), CHAIN, 1);
        TestSegments.put(backups.repository.vault(), orders.id(), CHAIN, 3);
    }

    @AfterEach
    void closeHome() {
        backups.close();
    }

    @Test
    void deleteWhenADatabaseIsRegisteredLeavesItsLog() {
        assertThat(removed.delete()).isZero();
        assertThat(TestSegments.names(segments, orders.id())).hasSize(2);
    }

    @Test
    void deleteWhenARemovedOneHasASnapshotLeavesItsLog() throws Exception {
        backups.run(orders);
        backups.catalog.databases.remove(orders);

        assertThat(removed.delete()).isZero();

        assertThat(TestSegments.names(segments, orders.id())).hasSize(2);
    }

    @Test
    void deleteWhenNoSnapshotIsLeftDeletesTheLogAndSaysThatItWasMeant() throws Exception {
        var snapshot = backups.run(orders);
        backups.catalog.databases.remove(orders);
        TestRemoval.on(backups).remove(snapshot.id(), true);

        assertThat(removed.delete()).isEqualTo(2);

        assertThat(TestSegments.names(segments, orders.id())).isEmpty();
        assertThat(cuts.of(orders.id())).isEqualTo(Map.of(CHAIN, 5L));
        assertThat(removed.delete()).isZero();
    }

    /** Also of what its log had lost before. */
    @Test
    void deleteSaysOfEachChainThatAllOfItWasMeant() throws Exception {
        var snapshot = backups.run(orders);
        backups.following.records.complete(orders.id());
        backups.catalog.databases.remove(orders);
        TestRemoval.on(backups).remove(snapshot.id(), true);

        removed.delete();

        assertThat(cuts.of(orders.id())).isEqualTo(Map.of(CHAIN, Long.MAX_VALUE));
    }

    /** Of a database that the catalog does not know nobody has said that it is not needed. */
    @Test
    void deleteLeavesLogsOfUnknownDatabases() {
        backups.catalog.databases.remove(orders);
        var unknown = UUID.randomUUID();
        TestSegments.put(backups.repository.vault(), unknown, CHAIN, 1);

        removed.delete();

        assertThat(TestSegments.names(segments, unknown)).hasSize(1);
    }
}
