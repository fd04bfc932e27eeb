package dev.afterimage.backup;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.hook.During;
import dev.afterimage.hook.ForDatabases.Chosen;
import dev.afterimage.hook.HookFailedException;
import dev.afterimage.hook.HookProcess;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.capture.Scan;
import dev.afterimage.sqlite.capture.ScanLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The commands that one try of a job runs while it holds databases, and what came of them. For one thread at a time. */
public final class JobCommands {

    /**
     * One that has run, well or not.
     *
     * @param key under which it is configured
     * @param lock that was held meanwhile
     * @param lockHeld from before the first of the try began until its databases were let go, or it was clear that nothing is captured
     * @param output what it has printed last
     */
    public record Ran(String key, During.Lock lock, Duration lockHeld, String output) {}

    private final UUID jobId;
    private final Function<Database, Optional<Chosen<During>>> configured;
    private final UUID node;
    private final List<Ran> ran = new ArrayList<>();

    JobCommands(UUID jobId, Function<Database, Optional<Chosen<During>>> configured, UUID node) {
        this.jobId = jobId;
        this.configured = configured;
        this.node = node;
    }

    /** Of a job around whose captures no commands run. */
    public static JobCommands none(UUID jobId) {
        return new JobCommands(jobId, _ -> Optional.empty(), jobId);
    }

    public UUID jobId() {
        return jobId;
    }

    /** Those that have run, or have begun to, in their order. */
    public List<Ran> ran() {
        return List.copyOf(ran);
    }

    /**
     * The one of a database; empty where none is configured.
     *
     * @throws dev.afterimage.problem.ProblemException HOOK_FAILED when its labels say different things
     */
    Optional<Chosen<During>> of(Database database) {
        return configured.apply(database);
    }

    /** Under which the command of a database is to run, at least; empty where none is configured. */
    Optional<ScanLock> lock(Database database) {
        return of(database).map(how -> switch (how.value().lock()) {
            case READ -> ScanLock.READ;
            case IMMEDIATE -> ScanLock.IMMEDIATE;
            case EXCLUSIVE -> ScanLock.EXCLUSIVE;
        });
    }

    /**
     * Runs what is configured for some databases, each entry once, and captures what they held; only that, where nothing is.
     *
     * @param held that are held now
     * @param requireHeld called each tenth of a second; when that throws, the command that runs is ended
     * @param capturing lets the databases go when it has captured them
     * @return what that has returned
     * @throws HookFailedException when a command fails, or takes too long; nothing is captured then
     */
    <T> T run(List<Database> held, PageProgress progress, Runnable requireHeld, Supplier<T> capturing) {
        var inPhase = progress.phase(Scan.PHASE_WHILE_HELD, 1);
        Runnable look = () -> {
            inPhase.pages(0, 0);
            requireHeld.run();
        };
        long since = System.nanoTime();
        var printed = new LinkedHashMap<Chosen<During>, String>();
        try {
            requireHeld.run();
            byEntry(held)
                    .forEach((how, databases) -> HookProcess.runWithAllItStarts(
                            how.value().run(),
                            node,
                            facts(how.value(), databases),
                            look,
                            output -> printed.put(how, output)));
            return capturing.get();
        } finally {
            var lockHeld = Duration.ofNanos(System.nanoTime() - since);
            printed.forEach(
                    (how, output) -> ran.add(new Ran(how.key(), how.value().lock(), lockHeld, output)));
        }
    }

    private Map<Chosen<During>, List<Database>> byEntry(List<Database> databases) {
        var all = new LinkedHashMap<Chosen<During>, List<Database>>();
        for (var database : databases) {
            of(database)
                    .ifPresent(how ->
                            all.computeIfAbsent(how, _ -> new ArrayList<>()).add(database));
        }
        return all;
    }

    /** What commands are told. Of several databases a line each. */
    private Map<String, String> facts(During during, List<Database> databases) {
        var facts = new HashMap<String, String>();
        facts.put("AFTERIMAGE_JOB", jobId.toString());
        facts.put("AFTERIMAGE_LOCK", during.lock().name());
        facts.put("AFTERIMAGE_DATABASE", lines(databases, Database::name));
        facts.put("AFTERIMAGE_PATH", path(databases.getFirst(), ""));
        facts.put("AFTERIMAGE_WAL", path(databases.getFirst(), "-wal"));
        facts.put("AFTERIMAGE_SHM", path(databases.getFirst(), "-shm"));
        facts.put("AFTERIMAGE_JOURNAL", path(databases.getFirst(), "-journal"));
        facts.put("AFTERIMAGE_PATHS", lines(databases, database -> path(database, "")));
        return facts;
    }

    private static String path(Database database, String suffix) {
        return database.path() + suffix;
    }

    private static String lines(List<Database> databases, Function<Database, String> what) {
        return databases.stream().map(what).collect(Collectors.joining("\n"));
    }
}
