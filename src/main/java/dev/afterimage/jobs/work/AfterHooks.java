package dev.afterimage.jobs.work;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.hook.AroundBackup;
import dev.afterimage.hook.HookFacts;
import dev.afterimage.hook.HookSettings;
import dev.afterimage.jobs.queue.JobState;
import dev.afterimage.jobs.queue.RunningJob;
import dev.afterimage.jobs.work.OwedHooks.Owed;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Runs the hooks that are owed: at the end of a try, and again and again until they have worked. */
@Component
class AfterHooks {

    private static final Logger log = LoggerFactory.getLogger(AfterHooks.class);

    /** How long one that fails is tried again, and when: after waits that grow. */
    private static final Duration TRIED_FOR = Duration.ofDays(1);

    private static final Duration SHORTEST_WAIT = Duration.ofSeconds(5);
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    private final HookSettings settings;
    private final Databases databases;
    private final OwedHooks owedHooks;
    private final Clock clock;
    private final HookTurns turns = new HookTurns();

    /** By their jobs, since when hooks fail: neither a long backup nor a time when the service was down leaves less of their day. */
    private final Map<UUID, Instant> failing = new ConcurrentHashMap<>();

    AfterHooks(HookSettings settings, Databases databases, OwedHooks owedHooks, Clock clock) {
        this.settings = settings;
        this.databases = databases;
        this.owedHooks = owedHooks;
        this.clock = clock;
    }

    /** Until {@link #endTurn} nobody else runs hooks of these databases; what earlier tries are owed runs now, and is owed still where it fails. */
    void beginTurn(RunningJob run, Collection<UUID> ids) {
        try {
            turns.await(run, ids, run::throwIfStopped);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the worker of job " + run.job().id() + " was interrupted");
        }
        owedHooks.of(ids).forEach(owed -> runIfRegistered(owed, run::throwIfStopped));
    }

    /** Also of who has none. */
    void endTurn(RunningJob run) {
        turns.end(run);
    }

    /** Runs what is owed of tries that go on no more: all, or what is due. */
    void runOwed(boolean all) {
        var list = owedHooks.list();
        failing.keySet()
                .retainAll(list.stream().map(Owed::jobId).toList()); // a later try may have taken the place of one
        for (var owed : list) {
            if ((all || owedHooks.isDue(owed)) && turns.take(owed, owed.databases())) {
                try {
                    owedHooks.again(owed).ifPresent(still -> runIfRegistered(still, () -> {}));
                } finally {
                    turns.end(owed);
                }
            }
        }
    }

    /** How many there are of tries that go on no more. */
    int owed() {
        return (int) owedHooks.list().stream()
                .filter(owed -> !turns.isTaken(owed.databases()))
                .count();
    }

    private void runIfRegistered(Owed owed, Runnable meanwhile) {
        var registered = owed.databases().stream()
                .flatMap(id -> databases.find(id).stream())
                .filter(database -> databases.find(database.name()).isPresent())
                .toList();
        if (registered.isEmpty()) {
            drop(owed, "its databases were removed");
        } else {
            run(owed, registered, meanwhile);
        }
    }

    /**
     * Runs one whose turn it is.
     *
     * @return a note when it fails; it is then owed still
     */
    Optional<String> run(Owed owed, List<Database> concerned) {
        return run(owed, concerned, () -> {});
    }

    private Optional<String> run(Owed owed, List<Database> concerned, Runnable meanwhile) {
        var after = settings.afterByKey(owed.configured()).orElse(null);
        if (after == null) {
            drop(owed, "there is no afterimage.hooks.%s.after any more".formatted(owed.configured()));
            return Optional.empty();
        }
        try {
            if (wanted(after.on(), owed.state())) {
                after.hook().run(facts(owed, concerned), meanwhile);
            }
            // Dying here runs it once more.
            settled(owed);
            return Optional.empty();
        } catch (ProblemException e) {
            if (!Thread.currentThread().isInterrupted()) { // else the service stops, and the next start runs it
                putOff(owed, e.problem());
            }
            var names = concerned.stream().map(Database::name).toList();
            return Optional.of("%s (after the backup of %s); it is tried again"
                    .formatted(e.getMessage(), String.join(", ", names)));
        }
    }

    private static boolean wanted(AroundBackup.On on, String state) {
        return switch (on) {
            case ALWAYS -> true;
            case SUCCESS -> state.equals(JobState.SUCCEEDED.name());
            case FAILURE -> state.equals(JobState.FAILED.name()) || state.equals(JobState.CANCELLED.name());
        };
    }

    private static HookFacts facts(Owed owed, List<Database> concerned) {
        return new HookFacts(
                owed.jobId(),
                owed.state(),
                concerned.stream()
                        .map(database -> new HookFacts.Of(
                                database.name(),
                                database.location(),
                                owed.snapshots().get(database.id())))
                        .toList());
    }

    private void drop(Owed owed, String why) {
        log.warn("What was to run after job {} does not: {}", owed.jobId(), why);
        settled(owed);
    }

    private void settled(Owed owed) {
        owedHooks.remove(owed);
        failing.remove(owed.jobId());
    }

    private void putOff(Owed owed, Problem failure) {
        var now = clock.instant();
        var first = failing.putIfAbsent(owed.jobId(), now);
        var since = first == null ? Duration.ZERO : Duration.between(first, now);
        if (since.compareTo(TRIED_FOR) > 0) {
            log.error("After job {}, given up: {}: {}", owed.jobId(), failure.detail(), failure.properties());
            settled(owed);
            return;
        }
        if (first == null) {
            log.warn("After job {}, to be tried again: {}: {}", owed.jobId(), failure.detail(), failure.properties());
        }
        var wait = since.dividedBy(2);
        wait = wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
        owedHooks.putOff(owed, wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait);
    }
}
