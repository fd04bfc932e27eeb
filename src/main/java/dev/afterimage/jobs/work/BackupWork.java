package dev.afterimage.jobs.work;

import dev.afterimage.backup.Backup;
import dev.afterimage.backup.Freezing;
import dev.afterimage.backup.GroupBackup;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.check.Check;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.RunningJob;
import java.time.Duration;
import java.util.HashMap;
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
    private final Freezing freezing;
    private final Check check;

    BackupWork(Backup backup, GroupBackup groupBackup, Freezing freezing, Check check) {
        this.backup = backup;
        this.groupBackup = groupBackup;
        this.freezing = freezing;
        this.check = check;
    }

    Map<String, Object> run(JobSpec.Backup spec, RunningJob run, Duration patience) {
        var jobId = run.job().id();
        var snapshot = backup.run(jobId, spec.databaseId(), spec.plan(), patience, run.staging(), run);
        spec.verify().level().ifPresent(level -> check.run(snapshot.id(), level, run.staging(), run));
        return withNotes(run, Map.of("snapshotId", snapshot.id().toString()));
    }

    Map<String, Object> run(JobSpec.GroupBackup spec, RunningJob run, Duration patience) {
        var taken = groupBackup.run(run.job().id(), spec.plan(), patience, run.staging(), run);
        spec.verify().level().ifPresent(level -> check.runAll(taken.snapshots(), level, run.staging(), run));
        return withNotes(
                run,
                Map.of(
                        "groupId",
                        spec.plan().groupId().toString(),
                        "snapshotIds",
                        idsByDatabase(taken.snapshots()),
                        "oneMoment",
                        taken.oneMoment()));
    }

    private Map<String, Object> withNotes(RunningJob run, Map<String, Object> result) {
        var notes = freezing.leftOf(run.job().id());
        if (notes.isEmpty()) {
            return result;
        }
        var all = new HashMap<>(result);
        all.put("notes", notes);
        return all;
    }

    private static Map<String, String> idsByDatabase(List<Snapshot> snapshots) {
        return snapshots.stream()
                .collect(Collectors.toMap(
                        Snapshot::databaseName, snapshot -> snapshot.id().toString(), (a, b) -> a, TreeMap::new));
    }
}
