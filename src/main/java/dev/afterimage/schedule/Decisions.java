package dev.afterimage.schedule;

import dev.afterimage.backup.BackupPlan;
import dev.afterimage.backup.UnchangedDatabases;
import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.snapshots.Drills;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.check.FullChecks;
import dev.afterimage.check.VerifyLevel;
import dev.afterimage.jobs.queue.JobSettings;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.schedule.ScheduleRun.SkipReason;
import java.time.Clock;
import java.time.Duration;
import org.springframework.stereotype.Component;

/** Makes of a schedule's work the job that does it, or tells why there is nothing to be done. */
@Component
class Decisions {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final UnchangedDatabases unchanged;
    private final FullChecks fullChecks;
    private final Drills drills;
    private final Jobs jobs;
    private final JobSettings settings;
    private final Clock clock;
    private final PatientLooks looks = new PatientLooks(PATIENCE);

    Decisions(
            UnchangedDatabases unchanged,
            FullChecks fullChecks,
            Drills drills,
            Jobs jobs,
            JobSettings settings,
            Clock clock) {
        this.unchanged = unchanged;
        this.fullChecks = fullChecks;
        this.drills = drills;
        this.jobs = jobs;
        this.settings = settings;
        this.clock = clock;
    }

    Decision on(Database database, ScheduledWork work) {
        return switch (work) {
            case ScheduledWork.Backup backup -> onBackup(database, backup);
            case ScheduledWork.Drill drill -> onDrill(database, drill);
        };
    }

    private Decision onBackup(Database database, ScheduledWork.Backup work) {
        // After a failure only another backup can tell whether what was wrong is still wrong.
        if (work.skipUnchanged() && !jobs.lastBackupFailed(database.name())) {
            var newest =
                    looks.look(() -> unchanged.newestSnapshot(database, snapshot -> isProven(snapshot, work.verify())));
            if (newest.isPresent()) {
                return new Decision.Skip(
                        SkipReason.UNCHANGED,
                        "Nothing was committed since snapshot " + newest.get().id());
            }
        }
        var plan = new BackupPlan(TimeOrderedId.next(clock), work.method(), work.labels(), 0);
        return new Decision.Submit(new JobSpec.Backup(database.id(), plan, work.verify(), settings.deadline()));
    }

    private boolean isProven(Snapshot snapshot, VerifyLevel level) {
        return switch (level) {
            case AUTO -> fullChecks.isProven(snapshot);
            case NONE -> true;
            case STORED -> snapshot.proof().reaches(Snapshot.Level.STORED);
            case QUICK -> snapshot.proof().reaches(Snapshot.Level.QUICK);
            case FULL -> snapshot.proof().reaches(Snapshot.Level.FULL);
        };
    }

    private Decision onDrill(Database database, ScheduledWork.Drill work) {
        return drills.canBeMade(database.id(), work.copy())
                ? new Decision.Submit(new JobSpec.Drill(
                        database.id(),
                        work.choice(),
                        null,
                        work.level(),
                        work.copy(),
                        work.assertions(),
                        settings.deadline()))
                : new Decision.Skip(SkipReason.NO_SNAPSHOT, "There is no available snapshot to be restored");
    }
}
