package dev.afterimage.backup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.RemovedDatabases;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RemovedDatabasesTests {

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock();
    private TestBackups backups;
    private RemovedDatabases removed;

    @BeforeEach
    void open() throws Exception {
        backups = new TestBackups(dir, clock);
        removed = new RemovedDatabases(backups.catalog.catalog, clock);
    }

    @AfterEach
    void close() {
        backups.close();
    }

    @Test
    void forgetAfterAMonthForgetsThoseOfWhichNothingIsLeft() throws Exception {
        var present = backups.database("present", "CREATE TABLE t (v)");
        var kept = backups.database("kept", "CREATE TABLE t (v)");
        var gone = backups.database("gone", "CREATE TABLE t (v)");
        Files.delete(gone.path());
        backups.run(kept);
        backups.catalog.databases.remove(kept);
        backups.catalog.databases.remove(gone);
        execute("INSERT INTO told_protection VALUES (:id, 'UNPROTECTED')", gone);
        execute("INSERT INTO layer_check VALUES (:id, 'layer', 0, NULL)", gone);

        clock.advance(Duration.ofDays(29));
        removed.forget();
        assertThat(names()).containsExactly("gone", "kept", "present");

        clock.advance(Duration.ofDays(2));
        removed.forget();
        assertThat(names()).containsExactly("kept", "present");
        assertThat(backups.catalog.databases.find(present.id())).contains(present);
    }

    @Test
    void forgetWhileTheFileIsThereKeepsWhatDiscoveryWouldRegisterAgain() throws Exception {
        var removedByHand = backups.database("cache", "CREATE TABLE t (v)");
        backups.catalog.databases.remove(removedByHand);

        clock.advance(Duration.ofDays(31));
        removed.forget();
        assertThat(names()).containsExactly("cache");

        Files.delete(removedByHand.path());
        removed.forget();
        assertThat(names()).isEmpty();
    }

    @Test
    void forgetForgetsGroupsOfWhichNoSnapshotIsLeft() throws Exception {
        execute("INSERT INTO snapshot_group VALUES (:id, 2)", backups.database("orders", "CREATE TABLE t (v)"));
        removed.forget();
        assertThat(backups.catalog
                        .catalog
                        .query("SELECT count(*) FROM snapshot_group")
                        .query(Long.class)
                        .single())
                .isZero();
    }

    private List<String> names() {
        return backups.catalog
                .catalog
                .query("SELECT name FROM database ORDER BY name")
                .query(String.class)
                .list();
    }

    private void execute(String sql, Database database) {
        backups.catalog
                .catalog
                .update(sql)
                .param("id", database.id().toString())
                .update();
    }
}
