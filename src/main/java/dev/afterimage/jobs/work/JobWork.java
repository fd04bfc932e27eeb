package dev.afterimage.jobs.work;

import dev.afterimage.jobs.queue.JobRoom;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.recovery.AdoptedRepository;
import java.time.Duration;
import java.util.Map;
import org.springframework.stereotype.Component;

/** Does what a job is for: from its spec to its use case, and from what comes of it to the job's result. */
@Component
class JobWork {

    private final AdoptedRepository adopted;
    private final BackupWork backups;
    private final ImportWork imports;
    private final RestoreWork restores;
    private final CheckWork checks;
    private final RepositoryWork repository;
    private final JobRoom room;

    JobWork(
            AdoptedRepository adopted,
            BackupWork backups,
            ImportWork imports,
            RestoreWork restores,
            CheckWork checks,
            RepositoryWork repository,
            JobRoom room) {
        this.adopted = adopted;
        this.backups = backups;
        this.imports = imports;
        this.restores = restores;
        this.checks = checks;
        this.repository = repository;
        this.room = room;
    }

    /** Before anything is done for a job: all of them read the repository, or write it. What is only read, a copy can give. */
    void requireRepository(JobSpec spec) {
        switch (spec) {
            case JobSpec.Restore _, JobSpec.GroupRestore _ -> adopted.requireReadable();
            case JobSpec.Check check when check.copy() != null -> adopted.requireReadable();
            case JobSpec.Drill drill when drill.copy() != null -> adopted.requireReadable();
            case JobSpec.Check _, JobSpec.Drill _, JobSpec.RepositoryCheck _, JobSpec.Rebuild _, JobSpec.Unreadable _ ->
                adopted.require();
            case JobSpec.Backup _, JobSpec.GroupBackup _, JobSpec.Import _, JobSpec.Copy _ -> adopted.requireWritable();
            case JobSpec.Prune prune -> requireToChange(prune.order().dryRun());
            case JobSpec.Repair repair -> requireToChange(repair.order().dryRun());
        }
    }

    private void requireToChange(boolean dryRun) {
        if (dryRun) {
            adopted.require();
        } else {
            adopted.requireWritable();
        }
    }

    /**
     * Returns the job's result.
     *
     * @throws ProblemException WRITTEN_BY_ANOTHER_VERSION when this version cannot know what it is for
     * @param patience how long it may wait for a locked database without giving its worker to other jobs
     */
    Map<String, Object> perform(RunningJob run, Duration patience) {
        room.take(run);
        return switch (run.job().spec()) {
            case JobSpec.Backup spec -> backups.run(spec, run, patience);
            case JobSpec.GroupBackup spec -> backups.run(spec, run, patience);
            case JobSpec.Import spec -> imports.run(spec, run);
            case JobSpec.Check spec -> checks.run(spec, run);
            case JobSpec.Drill spec -> checks.run(spec, run);
            case JobSpec.Restore spec -> restores.run(spec, run, patience);
            case JobSpec.GroupRestore spec -> restores.run(spec, run, patience);
            case JobSpec.RepositoryCheck spec -> repository.run(spec, run);
            case JobSpec.Rebuild spec -> repository.run(spec, run);
            case JobSpec.Prune spec -> repository.run(spec, run);
            case JobSpec.Copy spec -> repository.run(spec, run);
            case JobSpec.Repair spec -> repository.run(spec, run);
            case JobSpec.Unreadable spec ->
                throw new ProblemException(Problem.of(
                        ProblemCode.WRITTEN_BY_ANOTHER_VERSION,
                        "What job %s is to do cannot be read by this version"
                                .formatted(run.job().id())));
        };
    }
}
