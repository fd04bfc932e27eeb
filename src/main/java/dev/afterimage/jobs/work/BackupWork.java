package dev.afterimage.jobs.work;

import dev.afterimage.backup.Backup;
import dev.afterimage.backup.GroupBackup;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.check.Check;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.RunningJob;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Jobs that capture live databases, and check what was stored. */
@Component
class BackupWork {

    private final Backup backup;
    private final GroupBackup groupBackup;
    private final Check check;

    BackupWork(Backup backup, GroupBackup groupBackup, Check check) {
        this.backup = backup;
        this.groupBackup = groupBackup;
        this.check = check;
    }

    Map<String, Object> run(JobSpec.Backup spec, RunningJob run, Duration patience) {
        var snapshot = backup.run(spec.databaseId(), spec.plan(), patience, run.staging(), run);
        spec.verify().level().ifPresent(level -> check.run(snapshot.id(), level, run.staging(), run));
        return Map.of("snapshotId", snapshot.id().toString());
    }

    Map<String, Object> run(JobSpec.GroupBackup spec, RunningJob run, Duration patience) {
        var taken = groupBackup.run(spec.plan(), patience, run);
        spec.verify().level().ifPresent(level -> check.runAll(taken.snapshots(), level, run.staging(), run));
        return Map.of(
                "groupId",
                spec.plan().groupId().toString(),
                "snapshotIds",
                idsByDatabase(taken.snapshots()),
                "oneMoment",
                taken.oneMoment());
    }

    private static Map<String, String> idsByDatabase(List<Snapshot> snapshots) {
        return snapshots.stream()
                .collect(Collectors.toMap(
                        Snapshot::databaseName, snapshot -> snapshot.id().toString(), (a, b) -> a, TreeMap::new));
    }
}
