package dev.afterimage.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A catalog of an earlier version keeps its meaning. */
class MigrationTests {

    private static final String DATABASE = "0197d0c2-5a00-7000-8000-00000000000a";
    private static final String SNAPSHOT = "0197d0c2-5a00-7000-8000-000000000001";

    @TempDir
    Path dir;

    @Test
    void catalogOfVersion1HasItsSnapshotsAndJobsAndReservations() throws Exception {
        var home = Files.createDirectory(dir.resolve("home"));
        var url = "jdbc:sqlite:" + home.resolve("catalog.db");
        Flyway.configure().dataSource(url, null, null).target("1").load().migrate();
        try (var connection = DriverManager.getConnection(url);
                var statement = connection.createStatement()) {
            statement.execute("INSERT INTO database VALUES ('%s', 'orders', '/orders.db', '{}', 'n', 1, NULL)"
                    .formatted(DATABASE));
            statement.execute("""
                    INSERT INTO snapshot VALUES ('%s', '%s', 1, 'AVAILABLE', 'PASSED', 4096, 3, 5, 4, 'tree', NULL, 'VACUUM',
                        'WAL', 0, 1, 2, '[]', 0, NULL, NULL, '{"env":"prod"}')
                    """.formatted(SNAPSHOT, DATABASE));
            for (var state : new String[] {"SUCCEEDED", "RUNNING", "QUEUED"}) {
                statement.execute("""
                        INSERT INTO job (id, kind, spec, database_name, reserves, node, state, priority, created_at, run_at,
                            attempt, cancel_requested)
                        VALUES ('%1$s', 'BACKUP', '{}', 'orders', '%2$s', 'n', '%1$s', 1, 1, 1, 1, 0)
                        """.formatted(state, DATABASE));
            }
            statement.execute("INSERT INTO reservation VALUES ('%s', 'RUNNING')".formatted(DATABASE));
        }

        try (var catalog = new TestCatalog(home, dir, new TestClock())) {
            var snapshot = catalog.snapshots.get(UUID.fromString(SNAPSHOT));
            assertThat(snapshot.capture().method()).isEqualTo("VACUUM");
            assertThat(snapshot.capture().methodUsed()).isEqualTo("VACUUM");
            assertThat(snapshot.capture().methodReason()).isNull();
            assertThat(snapshot.groupId()).isNull();
            var labelled = new SnapshotFilter(null, null, null, null, null, "env=prod");
            assertThat(catalog.snapshots.list(labelled, null, 10).items()).containsExactly(snapshot);
            assertThat(catalog.catalog
                            .query(
                                    "SELECT job_id || ' ' || database_id || ' ' || held FROM reservation ORDER BY job_id")
                            .query(String.class)
                            .list())
                    .containsExactly("QUEUED " + DATABASE + " 0", "RUNNING " + DATABASE + " 1");
            assertThat(catalog.catalog
                            .query("SELECT job_id FROM job_database WHERE database_name = 'orders' ORDER BY job_id")
                            .query(String.class)
                            .list())
                    .containsExactly("QUEUED", "RUNNING", "SUCCEEDED");
        }
    }
}
