package dev.afterimage.schedule;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.Jobs;
import dev.afterimage.jobs.queue.Priority;
import dev.afterimage.jobs.queue.Submission;
import dev.afterimage.notify.Heartbeats;
import dev.afterimage.schedule.ScheduleRun.SkipReason;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Submits the job of a run, or skips the run, and notes which. */
@Component
class RunSubmissions {

    /** Two requests with the key of one run are the same request. */
    private static final String FINGERPRINT = "schedule";

    private final Databases databases;
    private final Schedules schedules;
    private final ScheduleRuns runs;
    private final Decisions decisions;
    private final Jobs jobs;
    private final Heartbeats heartbeats;

    RunSubmissions(
            Databases databases,
            Schedules schedules,
            ScheduleRuns runs,
            Decisions decisions,
            Jobs jobs,
            Heartbeats heartbeats) {
        this.databases = databases;
        this.schedules = schedules;
        this.runs = runs;
        this.decisions = decisions;
        this.jobs = jobs;
        this.heartbeats = heartbeats;
    }

    /**
     * Decides once, also when it is called again because the decision could not be noted.
     *
     * @throws dev.afterimage.problem.ProblemException when no job can be made
     */
    void decide(ScheduleRun run) {
        var submitted = jobs.earlier(null, key(run), FINGERPRINT);
        if (submitted.isPresent()) {
            runs.submitted(run, submitted.get().id());
            return;
        }
        var database = registered(run);
        switch (decision(run, database)) {
            case Decision.Submit(var spec) ->
                runs.submitted(run, submit(run, database, spec).id());
            case Decision.Skip(var reason, var detail) -> skip(run, reason, detail);
        }
    }

    /** Whoever dies after the heartbeat decides the run again: it may come twice, but is not lost. */
    private void skip(ScheduleRun run, SkipReason reason, String detail) {
        if (reason == SkipReason.UNCHANGED) {
            heartbeats.beat(run.databaseId());
        }
        runs.skipped(run, reason, detail);
    }

    private Database registered(ScheduleRun run) {
        return databases.get(databases.find(run.databaseId()).orElseThrow().name());
    }

    private Decision decision(ScheduleRun run, Database database) {
        var schedule = schedules.find(run.databaseId(), run.kind());
        if (schedule.isEmpty()) {
            return new Decision.Skip(SkipReason.REMOVED, "The schedule was removed before the run was decided");
        }
        return stillRunning(run)
                .<Decision>map(job -> new Decision.Skip(
                        SkipReason.STILL_RUNNING, "Job %s of the run before is %s".formatted(job.id(), job.state())))
                .orElseGet(() -> decisions.on(database, schedule.get().work()));
    }

    /** If the run before was skipped too, the one for which a job was made last is what counts. None that was forgotten by now. */
    private Optional<Job> stillRunning(ScheduleRun run) {
        return runs.jobBefore(run)
                .flatMap(jobs::find)
                .filter(job -> !job.state().ended());
    }

    private Job submit(ScheduleRun run, Database database, JobSpec spec) {
        return jobs.submit(new Submission(spec, List.of(database.name()), Priority.LOW, key(run), FINGERPRINT));
    }

    /** With a space, which no key of a client can have: nobody else can take it first. */
    private static String key(ScheduleRun run) {
        return "schedule " + run.id();
    }
}
