package dev.afterimage.jobs.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.afterimage.TestClock;
import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.GroupPlan;
import dev.afterimage.backup.Method;
import dev.afterimage.catalog.TestCatalog;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.recovery.RebuildOrder;
import dev.afterimage.restore.RestoreItem;
import dev.afterimage.restore.RestoreTarget;
import dev.afterimage.restore.TargetMode;
import dev.afterimage.sqlite.check.CheckLevel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What jobs are to do outlives the process that accepted them. */
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
                new JobSpec.Backup(
                        ID, new BackupPlan(ID, Method.ONLINE, Map.of("a", "b"), 0), VerifyLevel.FULL, DEADLINE),
                new JobSpec.GroupBackup(new GroupPlan(ID, members, Map.of("a", "b"), 0), VerifyLevel.NONE, DEADLINE),
                new JobSpec.Check(ID, CheckLevel.QUICK, null, DEADLINE),
                new JobSpec.Restore(items.getFirst(), Verify.QUICK, DEADLINE),
                new JobSpec.GroupRestore(ID, items, Verify.NONE, DEADLINE),
                new JobSpec.RepositoryCheck(0.05, DEADLINE),
                new JobSpec.Rebuild(RebuildOrder.WITHOUT_TOKENS, DEADLINE));
        try (var catalog =
                new TestCatalog(Files.createDirectory(directory.resolve("home")), directory, new TestClock())) {
            for (var spec : specs) {
                assertThat(catalog.catalog.fromJson(catalog.catalog.toJson(spec), JobSpec.class))
                        .isEqualTo(spec);
            }
        }
    }
}
