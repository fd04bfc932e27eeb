package dev.afterimage.jobs.work;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.hook.Hook;
import dev.afterimage.hook.HookProcess;
import dev.afterimage.hook.HookSettings;
import dev.afterimage.jobs.queue.Job;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Outcome;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.problem.ProblemException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/** Runs the operator's commands around each try of a backup, alone or as a group; other jobs have none. */
@Component
class BackupHooks implements SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(BackupHooks.class);

    private final HookSettings settings;
    private final Databases databases;

    BackupHooks(HookSettings settings, Databases databases) {
        this.settings = settings;
        this.databases = databases;
    }

    @Override
    public void afterSingletonsInstantiated() {
        withoutDatabase()
                .forEach(name -> log.warn(
                        "There are hooks of a database '{}', and none of that name is registered: they run when one is."
                                + " In YAML, a name with dots is written \"[{}]\"",
                        name,
                        name));
    }

    /** Names for which there are hooks, and no registered database, in order. */
    List<String> withoutDatabase() {
        return settings.hooks().keySet().stream()
                .filter(key -> !key.contains("=")) // of a label: a database may get it at any time
                .filter(name -> databases.find(name).isEmpty())
                .sorted()
                .toList();
    }

    /**
     * Those before.
     *
     * @throws ProblemException HOOK_FAILED when one fails, or labels say different things; those behind it do not run
     */
    void before(RunningJob run) {
        for (var database : concerned(run.job().spec())) {
            var hook = settings.of(database.name(), database.labels()).before();
            if (hook != null) {
                run.phase("HOOK", 0);
                HookProcess.run(hook, facts(run.job(), database, "RUNNING", Optional.empty()), run::throwIfStopped);
            }
        }
    }

    /**
     * Those after, however the try ended, also when one before has failed.
     *
     * @return the outcome; when the backup succeeded, with notes on hooks that failed
     */
    Outcome after(RunningJob run, Outcome outcome) {
        var notes = new ArrayList<String>();
        for (var database : concerned(run.job().spec())) {
            after(run.job(), database, outcome, notes);
        }
        return outcome instanceof Outcome.Succeeded succeeded && !notes.isEmpty()
                ? new Outcome.Succeeded(with(succeeded.result(), notes))
                : outcome;
    }

    /** The databases that a backup reads; none for other jobs. */
    private List<Database> concerned(JobSpec spec) {
        return spec instanceof JobSpec.Capturing capturing ? registered(capturing.reserves()) : List.of();
    }

    private List<Database> registered(List<UUID> ids) {
        return ids.stream().map(databases::find).flatMap(Optional::stream).toList();
    }

    private static boolean wanted(Hook hook, Outcome outcome) {
        return switch (hook.on()) {
            case ALWAYS -> true;
            case SUCCESS -> outcome instanceof Outcome.Succeeded;
            case FAILURE -> outcome instanceof Outcome.Failed || outcome instanceof Outcome.Cancelled;
        };
    }

    /** The backup is what it is: a hook that fails now changes nothing of that. */
    private void after(Job job, Database database, Outcome outcome, List<String> notes) {
        try {
            var hook = settings.of(database.name(), database.labels()).after();
            if (hook != null && wanted(hook, outcome)) {
                HookProcess.run(hook, facts(job, database, state(outcome), snapshot(outcome, database)), () -> {});
            }
        } catch (ProblemException e) {
            log.warn(
                    "After job {}: {}: {}",
                    job.id(),
                    e.getMessage(),
                    e.problem().properties());
            notes.add("%s (after the backup of %s)".formatted(e.getMessage(), database.name()));
        }
    }

    private static String state(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Succeeded end -> JobState.SUCCEEDED.name();
            case Outcome.Failed end -> JobState.FAILED.name();
            case Outcome.Cancelled end -> JobState.CANCELLED.name();
            case Outcome.Postponed end -> JobState.QUEUED.name();
            case Outcome.HandedBack end -> JobState.QUEUED.name();
        };
    }

    /** The one that a backup of the database has made. */
    private static Optional<String> snapshot(Outcome outcome, Database database) {
        if (!(outcome instanceof Outcome.Succeeded succeeded)) {
            return Optional.empty();
        }
        var result = succeeded.result();
        return Optional.ofNullable(
                        result.get("snapshotIds") instanceof Map<?, ?> ofGroup
                                ? ofGroup.get(database.name())
                                : result.get("snapshotId"))
                .map(Object::toString);
    }

    private static Map<String, String> facts(Job job, Database database, String state, Optional<String> snapshot) {
        return Map.of(
                "AFTERIMAGE_DATABASE",
                database.name(),
                "AFTERIMAGE_PATH",
                database.path().toString(),
                "AFTERIMAGE_JOB",
                job.id().toString(),
                "AFTERIMAGE_STATE",
                state,
                "AFTERIMAGE_SNAPSHOT",
                snapshot.orElse(""));
    }

    private static Map<String, Object> with(Map<String, Object> result, List<String> notes) {
        var all = new HashMap<>(result);
        all.merge(
                "notes",
                List.copyOf(notes),
                (before, more) -> Stream.concat(((List<?>) before).stream(), ((List<?>) more).stream())
                        .toList());
        return all;
    }
}
