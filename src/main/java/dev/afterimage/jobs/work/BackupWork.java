package dev.afterimage.jobs.work;

import dev.afterimage.backup.Backup;
import dev.afterimage.backup.CommandsUnderLock;
import dev.afterimage.backup.Freezing;
import dev.afterimage.backup.GroupBackup;
import dev.afterimage.backup.JobCommands;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.check.Verification;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.RunningJob;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Jobs that capture live databases, and check what was stored. */
@Component
class BackupWork {

    private static final String DURING = "during";

    private final Backup backup;
    private final GroupBackup groupBackup;
    private final CommandsUnderLock commandsUnderLock;
    private final Freezing freezing;
    private final Verification verification;

    BackupWork(
            Backup backup,
            GroupBackup groupBackup,
            CommandsUnderLock commandsUnderLock,
            Freezing freezing,
            Verification verification) {
        this.backup = backup;
        this.groupBackup = groupBackup;
        this.commandsUnderLock = commandsUnderLock;
        this.freezing = freezing;
        this.verification = verification;
    }

    Map<String, Object> run(JobSpec.Backup spec, RunningJob run, Duration patience) {
        var commands = commandsUnderLock.ofJob(run.job().id());
        var snapshot = noting(
                commands,
                run,
                () -> backup.run(commands, spec.databaseId(), spec.plan(), patience, run.staging(), run));
        verification.run(snapshot, spec.verify(), run.staging(), run);
        return told(run, commands, Map.of("snapshotId", snapshot.id().toString()));
    }

    Map<String, Object> run(JobSpec.GroupBackup spec, RunningJob run, Duration patience) {
        var commands = commandsUnderLock.ofJob(run.job().id());
        var taken = noting(commands, run, () -> groupBackup.run(commands, spec.plan(), patience, run.staging(), run));
        verification.runAll(taken.snapshots(), spec.verify(), run.staging(), run);
        return told(
                run,
                commands,
                Map.of(
                        "groupId",
                        spec.plan().groupId().toString(),
                        "snapshotIds",
                        idsByDatabase(taken.snapshots()),
                        "oneMoment",
                        taken.oneMoment()));
    }

    /** What ran under a lock is told also when the backup fails. */
    private static <T> T noting(JobCommands commands, RunningJob run, Supplier<T> backup) {
        try {
            return backup.get();
        } finally {
            if (!commands.ran().isEmpty()) {
                run.note(DURING, asJson(commands));
            }
        }
    }

    /** With what is to be told beside what was made. */
    private Map<String, Object> told(RunningJob run, JobCommands commands, Map<String, Object> result) {
        var all = new HashMap<>(result);
        var notes = freezing.leftOf(run.job().id());
        if (!notes.isEmpty()) {
            all.put("notes", notes);
        }
        if (!commands.ran().isEmpty()) {
            all.put(DURING, asJson(commands));
        }
        return all;
    }

    private static List<Map<String, Object>> asJson(JobCommands commands) {
        return commands.ran().stream().map(BackupWork::asJson).toList();
    }

    private static Map<String, Object> asJson(JobCommands.Ran ran) {
        return Map.of(
                "configured",
                ran.key(),
                "lock",
                ran.lock().name(),
                "lockHeldMillis",
                ran.lockHeld().toMillis(),
                "output",
                ran.output());
    }

    private static Map<String, String> idsByDatabase(List<Snapshot> snapshots) {
        return snapshots.stream()
                .collect(Collectors.toMap(
                        Snapshot::databaseName, snapshot -> snapshot.id().toString(), (a, b) -> a, TreeMap::new));
    }
}
