package dev.afterimage.backup;

import dev.afterimage.backup.FileSystemSnapshots.Unreleased;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.hook.FileSystemSnapshotSettings;
import dev.afterimage.hook.ForDatabases.Chosen;
import dev.afterimage.hook.Freeze;
import dev.afterimage.hook.HookFailedException;
import dev.afterimage.hook.HookProcess;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Has the operator's commands freeze databases, and release what they have frozen: once it is not needed any more, again and again when that
 * fails, and at the next start when the process died meanwhile.
 */
@Component
public class Freezing {

    private static final Logger log = LoggerFactory.getLogger(Freezing.class);

    private final FileSystemSnapshotSettings settings;
    private final FileSystemSnapshots unreleased;
    private final Node node;
    private final Set<UUID> inUse = ConcurrentHashMap.newKeySet();
    private final Map<UUID, Lock> releasing = new ConcurrentHashMap<>();
    private final Set<UUID> told = ConcurrentHashMap.newKeySet();

    Freezing(FileSystemSnapshotSettings settings, FileSystemSnapshots unreleased, Node node) {
        this.settings = settings;
        this.unreleased = unreleased;
        this.node = node;
    }

    /**
     * How a database is frozen; empty where nothing is configured.
     *
     * @throws ProblemException HOOK_FAILED when its labels say different things
     */
    Optional<Chosen<Freeze>> of(Database database) {
        return settings.of(database.name(), database.labels());
    }

    /**
     * Sees, when a method is asked for, what need not wait for the job to be told.
     *
     * @throws ProblemException METHOD_NOT_POSSIBLE when it is FILESYSTEM_SNAPSHOT, and not configured for the database
     * @throws ProblemException HOOK_FAILED when the labels of the database say different things
     */
    void requirePossible(Method method, Database database) {
        if (method == Method.FILESYSTEM_SNAPSHOT) {
            require(database);
        }
    }

    /** @throws ProblemException METHOD_NOT_POSSIBLE when nothing is configured for it */
    Chosen<Freeze> require(Database database) {
        return of(database)
                .orElseThrow(() -> new ProblemException(Problem.of(
                        ProblemCode.METHOD_NOT_POSSIBLE,
                        "'%s' cannot be captured by this method: nothing tells how to freeze it"
                                .formatted(database.name()),
                        "Set up afterimage.file-system-snapshots.%s, or one for a label of the database; or use another method."
                                .formatted(database.name()))));
    }

    /**
     * How all of them are frozen at once.
     *
     * @return null when not all of them are configured by the same key
     */
    @Nullable
    Chosen<Freeze> ofAll(List<Database> databases) {
        var chosen = databases.stream().map(this::of).distinct().toList();
        return chosen.size() == 1 ? chosen.getFirst().orElse(null) : null;
    }

    /** What is to be frozen for a job; nothing is done yet. The caller closes it. */
    Frozen frozen(UUID jobId, Chosen<Freeze> how, List<Database> databases) {
        return new Frozen(this, jobId, how, databases);
    }

    /**
     * Notes it, after what is left of the same job, or at the same place, is released: whoever released that later would take away what is
     * frozen now.
     *
     * @throws HookFailedException when that cannot be released
     */
    void begin(Unreleased frozen) {
        unused().stream().filter(frozen::collidesWith).forEach(this::release);
        inUse.add(frozen.id());
        unreleased.add(frozen);
    }

    void create(Freeze how, Unreleased frozen, Runnable meanwhile) {
        HookProcess.run(how.create(), node.id(), frozen.facts(), meanwhile);
    }

    /** Never fails: what cannot be released now is released later. */
    void end(Unreleased frozen, boolean created) {
        try {
            if (created) {
                tryToRelease(frozen);
            } else {
                unreleased.remove(frozen.id());
            }
        } finally {
            inUse.remove(frozen.id());
        }
    }

    /** What of a job's is not released yet, though nothing uses it, a sentence each. */
    public List<String> leftOf(UUID jobId) {
        return unreleased.of(jobId).stream()
                .map(frozen ->
                        "What was frozen for it (%s) could not be released; that is tried again, and at each start."
                                .formatted(String.join(", ", frozen.paths())))
                .toList();
    }

    /** How many there are that nothing uses. */
    int left() {
        return unused().size();
    }

    /** Releases what nothing uses, until it is interrupted; what fails is logged, the first time. */
    void releaseLeft() {
        unused().stream()
                .takeWhile(_ -> !Thread.currentThread().isInterrupted())
                .forEach(this::tryToRelease);
    }

    private List<Unreleased> unused() {
        return unreleased.list().stream()
                .filter(frozen -> !inUse.contains(frozen.id()))
                .toList();
    }

    private void tryToRelease(Unreleased frozen) {
        boolean interrupted = Thread.interrupted(); // or the command would be ended at once
        try {
            release(frozen);
        } catch (ProblemException e) {
            if (told.add(frozen.id())) {
                log.warn(
                        "What was frozen for job {} is not released, it is tried again: {} {}",
                        frozen.jobId(),
                        e.getMessage(),
                        e.problem().properties());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** By one thread at a time; who comes second finds it released. */
    private void release(Unreleased frozen) {
        var lock = releasing.computeIfAbsent(frozen.id(), _ -> new ReentrantLock());
        lock.lock();
        try {
            if (unreleased.has(frozen.id())) {
                releaseAlone(frozen);
            }
            releasing.remove(frozen.id()); // who waits finds it gone
        } finally {
            lock.unlock();
        }
    }

    private void releaseAlone(Unreleased frozen) {
        var how = settings.byKey(frozen.configured())
                .orElseThrow(() -> new ProblemException(Problem.of(
                        ProblemCode.HOOK_FAILED,
                        "There is no afterimage.file-system-snapshots.%s any more, whose `release` is needed"
                                .formatted(frozen.configured()))));
        HookProcess.run(how.release(), node.id(), frozen.facts(), () -> {});
        // Dying here runs the command once more, for nothing.
        unreleased.remove(frozen.id());
        told.remove(frozen.id());
    }

    /** What commands are told. */
    static Map<String, String> facts(UUID jobId, List<Database> databases, List<String> frozenPaths) {
        return Map.of(
                "AFTERIMAGE_JOB",
                jobId.toString(),
                "AFTERIMAGE_DATABASE",
                lines(databases.stream().map(Database::name).toList()),
                "AFTERIMAGE_PATH",
                databases.getFirst().location(),
                "AFTERIMAGE_PATHS",
                lines(databases.stream().map(Database::location).toList()),
                Unreleased.FROZEN_PATHS,
                lines(frozenPaths));
    }

    private static String lines(List<String> values) {
        return values.stream().collect(Collectors.joining("\n"));
    }
}
