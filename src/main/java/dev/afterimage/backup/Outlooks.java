package dev.afterimage.backup;

import dev.afterimage.catalog.TimeOrderedId;
import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.snapshots.Snapshot;
import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.format.JournalMode;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * Tells which methods could capture a database now, and what each would have others wait. Each begins as a backup does, and goes no further
 * than nobody notices; so what only the reading of pages can show is not told.
 */
@Component
public class Outlooks {

    /** A writer keeps readers out for milliseconds; whoever asks for all methods does not wait for one that is in the way longer. */
    private static final Duration PATIENCE = Duration.ofMillis(300);

    /** Enough for some of each method. */
    private static final int SNAPSHOTS = 100;

    private final Captures captures;
    private final CommandsUnderLock commands;
    private final Snapshots snapshots;
    private final Node node;
    private final Clock clock;

    Outlooks(Captures captures, CommandsUnderLock commands, Snapshots snapshots, Node node, Clock clock) {
        this.captures = captures;
        this.commands = commands;
        this.snapshots = snapshots;
        this.node = node;
        this.clock = clock;
    }

    /**
     * Of all methods.
     *
     * @param choice what AUTO would take; null when it would fail before it can choose
     * @param problem for which AUTO would fail; null when it could begin
     * @param methods all but AUTO
     */
    public record All(@Nullable Choice choice, @Nullable Problem problem, List<Outlook> methods) {}

    /** A method that was tried out. */
    private record Tried(
            @Nullable ProblemException failure,
            @Nullable SourceLock lock,
            @Nullable JournalMode journalMode,
            boolean heldByCommand) {}

    public All of(Database database) {
        var tried = new EnumMap<Method, Tried>(Method.class);
        Stream.of(Method.values())
                .filter(method -> method != Method.AUTO)
                .forEach(method -> tried.put(method, tryOut(method, database)));
        var methods = outlooks(tried, database);
        try {
            var choice = chosen(capturing(Method.AUTO, database), tried);
            return new All(choice, problem(tried(choice.method(), tried).failure()), methods);
        } catch (ProblemException e) {
            return new All(null, e.problem(), methods);
        }
    }

    private Tried tryOut(Method method, Database database) {
        Capturing capturing;
        try {
            capturing = capturing(method, database);
        } catch (ProblemException e) {
            return new Tried(e, null, null, false);
        }
        var lock = capturing.lock(method);
        try {
            return new Tried(null, lock, capturing.tryOut(method), capturing.isHeldByCommand());
        } catch (ProblemException e) {
            return new Tried(e, lock, null, capturing.isHeldByCommand());
        }
    }

    private Capturing capturing(Method method, Database database) {
        var id = TimeOrderedId.next(clock);
        var plan = new BackupPlan(id, method, Map.of(), 0);
        return captures.of(commands.ofJob(id), database, plan, PATIENCE, node.staging(), PageProgress.NONE);
    }

    private static Choice chosen(Capturing capturing, Map<Method, Tried> tried) {
        var first = capturing.firstChoice();
        return tried(first.method(), tried).failure() instanceof SourceException.NotScannable why
                ? capturing.choiceInstead(first, why).orElse(first)
                : first;
    }

    private static Tried tried(Method method, Map<Method, Tried> tried) {
        return Objects.requireNonNull(tried.get(method), "all are tried but AUTO");
    }

    private static @Nullable Problem problem(@Nullable ProblemException failure) {
        return failure == null ? null : failure.problem();
    }

    private List<Outlook> outlooks(Map<Method, Tried> tried, Database database) {
        var journalMode = tried.values().stream()
                .map(Tried::journalMode)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
        var newest = snapshots.newestAvailable(database.id(), SNAPSHOTS);
        return tried.entrySet().stream()
                .map(entry -> outlook(entry.getKey(), entry.getValue(), journalMode, newest, database))
                .toList();
    }

    private static Outlook outlook(
            Method method, Tried tried, @Nullable JournalMode journalMode, List<Snapshot> newest, Database database) {
        var lock = tried.lock();
        var writersWait = lock == null ? null : lock.writersWait(journalMode);
        var estimated = tried.failure() == null ? estimated(tried, writersWait, database) : null;
        var held = LockHeld.measured(method, journalMode, newest).orElse(estimated);
        return new Outlook(method, problem(tried.failure()), lock, writersWait, held);
    }

    private static @Nullable LockHeld estimated(Tried tried, @Nullable Boolean writersWait, Database database) {
        if (writersWait == null || !writersWait) {
            return writersWait == null ? null : LockHeld.NOT_AT_ALL;
        }
        return tried.heldByCommand() ? null : LockHeld.whileReading(SourceFile.sizeOf(database.path()));
    }
}
