package dev.afterimage.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.GroupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.RestoreTarget;
import dev.afterimage.restore.TargetMode;
import dev.afterimage.sqlite.CheckLevel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What jobs are to do outlives the process that accepted them, and the version of it. */
class JobSpecTests {

    private static final Duration DEADLINE = Duration.ofMinutes(5);
    private static final UUID ID = UUID.fromString("0197d0c2-5a00-7000-8000-00000000000a");

    @TempDir
    Path directory;

    @Test
    void specWhenReadBackIsTheSame() throws Exception {
        var live = new RestoreTarget(Path.of("/a b/#?.db"), TargetMode.REPLACE_LIVE, ID);
        var file = new RestoreTarget(Path.of("/new.db"), TargetMode.NEW_FILE, null);
        var items = List.of(new RestoreItem(ID, live, true, false), new RestoreItem(ID, file, false, true));
        var members = List.of(new GroupPlan.Member(ID, UUID.randomUUID()), new GroupPlan.Member(UUID.randomUUID(), ID));
        var specs = List.of(
                new JobSpec.Backup(ID, new BackupPlan(ID, Method.ONLINE, Map.of("a", "b"), 0), Verify.FULL, DEADLINE),
                new JobSpec.GroupBackup(new GroupPlan(ID, members, Map.of("a", "b"), 0), Verify.NONE, DEADLINE),
                new JobSpec.Check(ID, CheckLevel.QUICK, DEADLINE),
                new JobSpec.Restore(items.getFirst(), Verify.QUICK, DEADLINE),
                new JobSpec.GroupRestore(ID, items, Verify.NONE, DEADLINE),
                new JobSpec.RepositoryCheck(0.05, DEADLINE),
                new JobSpec.Rebuild(DEADLINE));
        try (var catalog =
                new TestCatalog(Files.createDirectory(directory.resolve("home")), directory, new TestClock())) {
            for (var spec : specs) {
                assertThat(catalog.catalog.fromJson(catalog.catalog.toJson(spec), JobSpec.class))
                        .isEqualTo(spec);
            }
        }
    }

    @Test
    void restoreThatWasAskedForBeforeThereWereModesIsOneToANewFile() throws Exception {
        var home = Files.createDirectory(directory.resolve("home"));
        var url = "jdbc:sqlite:" + home.resolve("catalog.db");
        Flyway.configure().dataSource(url, null, null).target("4").load().migrate();
        try (var connection = DriverManager.getConnection(url);
                var insert = connection.prepareStatement("""
                        INSERT INTO job (id, kind, spec, node, state, priority, created_at, run_at, attempt, cancel_requested)
                        VALUES (?, 'RESTORE', ?, 'n', 'QUEUED', 1, 1, 1, 1, 0)
                        """)) {
            insert.setString(1, ID.toString());
            insert.setString(2, """
                    {"kind":"RESTORE","snapshotId":"%s","target":"file:///srv/new.db","verify":"QUICK","deadline":"PT5M"}
                    """.formatted(ID));
            insert.executeUpdate();
        }
        try (var catalog = new TestCatalog(home, directory, new TestClock())) {
            var spec = catalog.catalog
                    .query("SELECT spec FROM job")
                    .query(String.class)
                    .single();
            var target = new RestoreTarget(Path.of("/srv/new.db"), TargetMode.NEW_FILE, null);
            assertThat(catalog.catalog.fromJson(spec, JobSpec.class))
                    .isEqualTo(new JobSpec.Restore(new RestoreItem(ID, target, false, false), Verify.QUICK, DEADLINE));
        }
    }
}
