package dev.afterimage.jobs.work;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.hook.AroundBackup;
import dev.afterimage.hook.ForDatabases.Chosen;
import dev.afterimage.hook.HookFacts;
import dev.afterimage.hook.HookSettings;
import dev.afterimage.jobs.queue.JobSpec;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.Outcome;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.problem.ProblemException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.stereotype.Component;

/**
 * Runs the operator's hooks around each try of a backup, alone or as a group; other jobs have none. Of databases that one entry is for, each of
 * its hooks runs once.
 *
 * <p>Crash order: a row says that {@code after} is owed, then {@code before} runs, then the backup, then the row says how that ended, then
 * {@code after} runs, then the row goes. Who dies leaves the row, by which the next start knows that {@code after} has to run; it may have.
 */
@Component
class BackupHooks implements SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(BackupHooks.class);

    private final HookSettings settings;
    private final Databases databases;
    private final OwedHooks owedHooks;
    private final AfterHooks afterHooks;
    private final Map<RunningJob, List<Entry>> begun = new ConcurrentHashMap<>();

    BackupHooks(HookSettings settings, Databases databases, OwedHooks owedHooks, AfterHooks afterHooks) {
        this.settings = settings;
        this.databases = databases;
        this.owedHooks = owedHooks;
        this.afterHooks = afterHooks;
    }

    /** What is configured by one key, and for which of a job's databases. */
    private record Entry(
            String key,
            @Nullable AroundBackup before,
            @Nullable AroundBackup after,
            List<Database> databases) {

        List<UUID> ids() {
            return databases.stream().map(Database::id).toList();
        }
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
     * To be called before anything else is done for a try, and {@link #after} in any case: runs what earlier tries are owed, and notes what this
     * one will be.
     *
     * @throws ProblemException HOOK_FAILED when labels say different things; nothing runs then
     */
    void begin(RunningJob run) {
        var entries = entries(run.job().spec());
        if (entries.isEmpty()) {
            return;
        }
        var ids = entries.stream().flatMap(entry -> entry.ids().stream()).toList();
        afterHooks.beginTurn(run, ids);
        for (var entry : entries) {
            if (entry.after() != null) {
                owedHooks.add(run.job().id(), entry.key(), entry.ids());
            }
        }
        begun.put(run, entries);
    }

    /** Of the databases that a backup reads; none of other jobs. */
    private List<Entry> entries(JobSpec spec) {
        var all = new LinkedHashMap<Chosen<HookSettings.OfDatabase>, List<Database>>();
        for (var database : concerned(spec)) {
            settings.of(database.name(), database.labels())
                    .ifPresent(chosen ->
                            all.computeIfAbsent(chosen, _ -> new ArrayList<>()).add(database));
        }
        var entries = new ArrayList<Entry>();
        all.forEach((chosen, of) -> entries.add(
                new Entry(chosen.key(), chosen.value().before(), chosen.value().after(), of)));
        return entries;
    }

    private List<Database> concerned(JobSpec spec) {
        return spec instanceof JobSpec.Capturing capturing ? known(capturing.reserves()) : List.of();
    }

    private List<Database> known(Collection<UUID> ids) {
        return ids.stream().map(databases::find).flatMap(Optional::stream).toList();
    }

    /**
     * Those before.
     *
     * @throws ProblemException HOOK_FAILED when one fails; those behind it do not run
     */
    void before(RunningJob run) {
        for (var entry : begun.getOrDefault(run, List.of())) {
            if (entry.before() != null) {
                run.phase("HOOK", 0);
                var facts = new HookFacts(
                        run.job().id(),
                        "RUNNING",
                        entry.databases().stream()
                                .map(database -> new HookFacts.Of(database.name(), database.location(), null))
                                .toList());
                entry.before().hook().run(facts, run::throwIfStopped);
            }
        }
    }

    /**
     * Those after, however the try ended, also when one before has failed.
     *
     * @return the outcome; when the backup succeeded, with notes on hooks that failed
     */
    Outcome after(RunningJob run, Outcome outcome) {
        try {
            var notes = new ArrayList<String>();
            for (var entry : begun.getOrDefault(run, List.of())) {
                if (entry.after() != null) {
                    after(run.job().id(), entry, outcome).ifPresent(notes::add);
                }
            }
            return outcome instanceof Outcome.Succeeded succeeded && !notes.isEmpty()
                    ? new Outcome.Succeeded(with(succeeded.result(), notes))
                    : outcome;
        } finally {
            begun.remove(run);
            afterHooks.endTurn(run);
        }
    }

    /** The backup is what it is: a hook that fails now changes nothing of that. */
    private Optional<String> after(UUID job, Entry entry, Outcome outcome) {
        owedHooks.ended(job, entry.key(), state(outcome), snapshots(outcome, entry.databases()));
        return owedHooks.of(entry.ids()).stream()
                .filter(owed -> owed.jobId().equals(job) && owed.configured().equals(entry.key()))
                .flatMap(owed -> afterHooks.run(owed, entry.databases()).stream())
                .findFirst();
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

    /** Those that a backup has made, by their databases. */
    private static Map<UUID, String> snapshots(Outcome outcome, List<Database> databases) {
        var snapshots = new HashMap<UUID, String>();
        if (outcome instanceof Outcome.Succeeded succeeded) {
            var result = succeeded.result();
            for (var database : databases) {
                var id = result.get("snapshotIds") instanceof Map<?, ?> ofGroup
                        ? ofGroup.get(database.name())
                        : result.get("snapshotId");
                if (id != null) {
                    snapshots.put(database.id(), id.toString());
                }
            }
        }
        return snapshots;
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
