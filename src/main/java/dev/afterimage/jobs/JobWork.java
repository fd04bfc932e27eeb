package dev.afterimage.jobs;

import dev.afterimage.backup.Backup;
import dev.afterimage.backup.GroupBackup;
import dev.afterimage.backup.Rebuild;
import dev.afterimage.catalog.Snapshot;
import dev.afterimage.check.Check;
import dev.afterimage.check.RepositoryCheck;
import dev.afterimage.restore.Restore;
import dev.afterimage.restore.RestorePlan;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Does what a job is for: from its spec to its use case, and from what comes of it to the job's result. */
@Component
class JobWork {

    private final Backup backup;
    private final GroupBackup groupBackup;
    private final Check check;
    private final Restore restore;
    private final RepositoryCheck repositoryCheck;
    private final Rebuild rebuild;

    JobWork(
            Backup backup,
            GroupBackup groupBackup,
            Check check,
            Restore restore,
            RepositoryCheck repositoryCheck,
            Rebuild rebuild) {
        this.backup = backup;
        this.groupBackup = groupBackup;
        this.check = check;
        this.restore = restore;
        this.repositoryCheck = repositoryCheck;
        this.rebuild = rebuild;
    }

    /**
     * Returns the job's result.
     *
     * @param patience how long it may wait for a locked source without giving its worker to other jobs
     */
    Map<String, Object> perform(RunningJob run, Duration patience) {
        return switch (run.job().spec()) {
            case JobSpec.Backup spec -> {
                var snapshot = backup.run(spec.databaseId(), spec.plan(), patience, run.staging(), run);
                spec.verify().level().ifPresent(level -> check.run(snapshot.id(), level, run.staging(), run));
                yield Map.of("snapshotId", snapshot.id().toString());
            }
            case JobSpec.GroupBackup spec -> {
                var snapshots = groupBackup.run(spec.plan(), patience, run);
                spec.verify().level().ifPresent(level -> check.runAll(snapshots, level, run.staging(), run));
                yield Map.of("groupId", spec.plan().groupId().toString(), "snapshotIds", idsByDatabase(snapshots));
            }
            case JobSpec.Check spec -> {
                var result = check.run(spec.snapshotId(), spec.level(), run.staging(), run);
                yield Map.of(
                        "snapshotId",
                        spec.snapshotId().toString(),
                        "checkId",
                        result.id().toString());
            }
            case JobSpec.Restore spec -> {
                var restored = restore.toNewFile(plan(run.job(), spec), run);
                var result = new LinkedHashMap<String, Object>(
                        Map.of("path", restored.path().toString()));
                if (restored.sha256() != null) {
                    result.put("sha256", restored.sha256());
                }
                yield result;
            }
            case JobSpec.RepositoryCheck spec -> {
                var checked = repositoryCheck.run(spec.share(), run);
                yield Map.of(
                        "layersChecked",
                        checked.layersChecked(),
                        "bytesChecked",
                        checked.bytesChecked(),
                        "damaged",
                        checked.damaged());
            }
            case JobSpec.Rebuild spec -> {
                var rebuilt = rebuild.run(run);
                yield Map.of(
                        "databases",
                        rebuilt.databases(),
                        "snapshotsAdded",
                        rebuilt.snapshotsAdded(),
                        "unreadable",
                        rebuilt.unreadable(),
                        "missing",
                        rebuilt.missing());
            }
        };
    }

    private static Map<String, String> idsByDatabase(List<Snapshot> snapshots) {
        return snapshots.stream()
                .collect(Collectors.toMap(
                        Snapshot::databaseName, snapshot -> snapshot.id().toString(), (a, b) -> a, TreeMap::new));
    }

    private static RestorePlan plan(Job job, JobSpec.Restore spec) {
        return new RestorePlan(
                job.id(), spec.snapshotId(), spec.target(), spec.verify().level());
    }
}
