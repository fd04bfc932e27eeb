package dev.afterimage.follow;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.databases.DatabasePaths;
import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.copies.LogCopies;
import dev.afterimage.lifecycle.StopTime;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.sqlite.follow.Follower;
import dev.afterimage.sqlite.live.SourceException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/** Follows the databases that are to be followed, on threads that they share. Safe for several threads. */
@Component
public class Followers implements SmartLifecycle {

    /** A database whose disk hangs holds up one of them. */
    private static final int TAKING = 4;

    private static final int STORING = 4;

    /** A database that was removed, or registered anew, is noticed so soon. */
    private static final Duration RECONCILE = Duration.ofSeconds(5);

    /** One that was given another path is noticed in a minute. */
    private static final int ROUNDS_TO_LOOK_AT_ALL = 12;

    /** Their first looks open files. */
    private static final Duration APART = Duration.ofMillis(5);

    private static final Duration TO_STORE_AT_THE_END = Duration.ofSeconds(5);

    private final Databases databases;
    private final Follows follows;
    private final DatabasePaths paths;
    private final Node node;
    private final Spool spool;
    private final Segments objects;
    private final LogSegments segments;
    private final LogChains chains;
    private final LogRecords records;
    private final LogCopies copies;
    private final StopTime stopTime;
    private final Clock clock;
    private final Map<UUID, Followed> running = new ConcurrentHashMap<>();

    /** Those whose files somebody else wants for himself. */
    private final Set<UUID> letGo = ConcurrentHashMap.newKeySet();

    private int rounds;
    private @Nullable Rounds taking;
    private @Nullable Rounds storing;
    private @Nullable Rounds copying;

    Followers(
            Databases databases,
            Follows follows,
            DatabasePaths paths,
            Node node,
            Spool spool,
            Segments objects,
            LogSegments segments,
            LogChains chains,
            LogRecords records,
            LogCopies copies,
            StopTime stopTime,
            Clock clock) {
        this.databases = databases;
        this.follows = follows;
        this.paths = paths;
        this.node = node;
        this.spool = spool;
        this.objects = objects;
        this.segments = segments;
        this.chains = chains;
        this.records = records;
        this.copies = copies;
        this.stopTime = stopTime;
        this.clock = clock;
    }

    @Override
    public synchronized void start() {
        taking = new Rounds("follow-", TAKING);
        storing = new Rounds("log-store-", STORING);
        copying = new Rounds("log-copy-", 1);
        taking.in(0, this::reconcile);
    }

    @Override
    public synchronized boolean isRunning() {
        return taking != null;
    }

    /** Takes the rest, and stores it where the time allows; what it does not allow waits on this machine for the next start. */
    @Override
    public void stop() {
        var takers = beginNothingMore();
        var storers = storing;
        var copiers = copying;
        if (takers == null || storers == null || copiers == null) {
            return;
        }
        takers.end(stopTime.atMost(TO_STORE_AT_THE_END));
        running.values().forEach(followed -> followed.end(false));
        long until = System.nanoTime() + stopTime.atMost(TO_STORE_AT_THE_END).toNanos();
        for (var followed : running.values()) {
            followed.awaitStored(followed.standing().commit(), Duration.ofNanos(until - System.nanoTime()));
        }
        storing = null;
        storers.end(stopTime.atMost(TO_STORE_AT_THE_END));
        copiers.end(stopTime.atMost(TO_STORE_AT_THE_END)); // what it has not given them, the next job of copies does
        running.values().forEach(Followed::closeWaiting);
        running.clear();
    }

    private synchronized @Nullable Rounds beginNothingMore() {
        var takers = taking;
        taking = null;
        return takers;
    }

    /** Begins what is to be followed and is not, and ends what is followed and is not to be. */
    private long reconcile() {
        reconcileNow(++rounds % ROUNDS_TO_LOOK_AT_ALL == 0);
        return RECONCILE.toNanos();
    }

    private void reconcileNow() {
        reconcileNow(false);
    }

    /** @param all whether it is looked up of all where they lie, too */
    private synchronized void reconcileNow(boolean all) {
        var takers = taking;
        if (takers == null) {
            return;
        }
        var wanted = follows.all().stream()
                .filter(follow -> !follow.paused() && !letGo.contains(follow.databaseId()))
                .collect(Collectors.toMap(Follow::databaseId, follow -> follow));
        running.forEach((id, followed) -> {
            if (!wanted.containsKey(id)) {
                running.remove(id);
                followed.end(follows.find(id).isEmpty());
            }
        });
        long after = 0;
        for (var follow : wanted.values()) {
            var present = running.get(follow.databaseId());
            if (present != null && !all) {
                present.change(follow.policy());
                continue;
            }
            var database = databases.find(follow.databaseId());
            if (database.isPresent() && database.get().node().equals(node.name())) {
                begin(database.get(), follow, takers, after);
                after += APART.toNanos();
            }
        }
    }

    private void begin(Database database, Follow follow, Rounds takers, long after) {
        var present = running.get(database.id());
        if (present != null && present.database().location().equals(database.location())) {
            present.change(follow.policy());
            return;
        }
        if (present != null) {
            present.end(true);
        }
        var places = new FollowedPlaces(
                paths, spool, objects, segments, chains, records, copies, requireCopying(), requireStoring(), clock);
        var followed = new Followed(database, follow.policy(), places);
        running.put(database.id(), followed);
        takers.in(after, followed::look);
    }

    /** Gives a segment that the repository has to the copies, soon. Where nobody follows any more, a job brings it. */
    synchronized void copy(UUID databaseId, SegmentName name, long bytes) {
        if (copying != null) {
            copying.in(0, () -> {
                copies.put(databaseId, name, bytes);
                return Rounds.NEVER;
            });
        }
    }

    private Rounds requireStoring() {
        return Objects.requireNonNull(storing, "nothing is stored any more");
    }

    private Rounds requireCopying() {
        return Objects.requireNonNull(copying, "nothing is stored any more");
    }

    /**
     * Has a database followed, or otherwise than before.
     *
     * @throws SourceException.NotFollowable when it cannot be; then nothing has changed
     */
    public void follow(Database database, FollowPolicy policy) {
        if (!running.containsKey(database.id())) {
            requireFollowable(database, policy);
        }
        follows.put(database.id(), policy);
        chains.changeWindow(database.id(), policy.window());
        reconcileNow();
    }

    private void requireFollowable(Database database, FollowPolicy policy) {
        var path = paths.existing(database);
        if (!policy.besideSource()) {
            spool.requireElsewhere(path);
        }
        try (var follower = Follower.begin(path, null)) {
            Litestream.requireNone(path, follower);
        }
    }

    /** Lets go of the database until it is resumed; commits may then be missed. */
    public void pause(Database database) {
        follows.get(database);
        follows.pause(database.id(), true);
        reconcileNow();
    }

    public void resume(Database database) {
        var follow = follows.get(database);
        requireFollowable(database, follow.policy());
        follows.pause(database.id(), false);
        reconcileNow();
    }

    /** A file is somebody's for himself until this is closed. */
    @FunctionalInterface
    public interface LetGo extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Takes what is committed, and holds nothing of a database until what is returned is closed. Then it is followed again: from where it was, or
     * by a new part of the log, where another file lies in its place.
     */
    public LetGo letGo(UUID databaseId) {
        var followed = running.get(databaseId);
        letGo.add(databaseId);
        try {
            reconcileNow();
            if (followed != null) { // who follows next takes up what waits, and must be the only one who stores it
                followed.awaitStored(followed.standing().commit(), TO_STORE_AT_THE_END);
            }
        } catch (RuntimeException | Error e) {
            letGo.remove(databaseId);
            throw e;
        }
        return () -> {
            letGo.remove(databaseId);
            reconcileNow();
        };
    }

    /** What was taken stays, and goes with the snapshots from which it is replayed. */
    public void unfollow(Database database) {
        follows.get(database);
        follows.remove(database.id());
        reconcileNow();
    }

    /** @throws ProblemException FOLLOW_NOT_FOUND when it is not followed */
    public FollowStanding standing(Database database) {
        var follow = follows.get(database);
        return find(database.id()).map(Followed::standing).orElseGet(() -> resting(database, follow));
    }

    private FollowStanding resting(Database database, Follow follow) {
        var last = segments.last(database.id());
        return new FollowStanding(
                follow.paused() || letGo.contains(database.id()) ? FollowState.PAUSED : FollowState.UNSUITABLE,
                letGo.contains(database.id())
                        ? "A restore has its file for itself."
                        : follow.paused() ? "It is paused." : "It is a database of another node.",
                last.map(segment -> segment.chain()).orElse(null),
                last.map(segment -> segment.lastCommit()).orElse(0L),
                last.map(segment -> segment.lastAt()).orElse(null),
                last.map(segment -> segment.lastCommit()).orElse(0L),
                Duration.ZERO,
                0,
                0,
                0,
                Duration.ZERO,
                Duration.ZERO,
                null,
                null);
    }

    private Optional<Followed> find(UUID databaseId) {
        return Optional.ofNullable(running.get(databaseId));
    }

    Collection<Followed> all() {
        return List.copyOf(running.values());
    }

    /** Of all that are followed, by the names of the databases. */
    public Map<String, FollowStanding> standings() {
        return all().stream()
                .collect(Collectors.toMap(followed -> followed.database().name(), Followed::standing));
    }

    /** Why a database that is to be followed is not, for longer than what passes takes; empty where it is, is paused, or is not to be. */
    public Optional<String> whyNot(UUID databaseId) {
        return find(databaseId).flatMap(Followed::whyNot);
    }

    /** Up to where commits of a database were taken at the last look; empty where it is not followed. */
    public Optional<Reached> reached(UUID databaseId) {
        return find(databaseId)
                .filter(followed -> followed.state() == FollowState.FOLLOWING)
                .map(Followed::reached);
    }

    /** Begins a new chain: what was taken before is not to be replayed any further. */
    public void followAnew(UUID databaseId) {
        find(databaseId).ifPresent(Followed::followAnew);
    }

    /** Takes all that is committed by now, and says up to where that is; empty where it is not followed. */
    public Optional<Reached> takeNow(UUID databaseId) {
        return find(databaseId).map(Followed::takeNow);
    }

    /**
     * Takes all that is committed by now, and waits until the repository has it.
     *
     * @throws ProblemException FOLLOW_BEHIND when it does not have it after the patience; FOLLOW_NOT_FOUND when it is not followed
     */
    public Reached flush(Database database, Duration patience) {
        follows.get(database);
        var followed = find(database.id());
        var taken = followed.map(Followed::takeNow).orElse(null);
        if (followed.isEmpty() || taken == null) {
            throw behind(
                    database,
                    "what is committed is not taken at this moment: "
                            + standing(database).reason());
        }
        if (!followed.get().awaitStored(taken.commit(), patience)) {
            var standing = followed.get().standing();
            var problem = standing.storeProblem();
            throw behind(
                    database,
                    "the repository has %d commits fewer%s"
                            .formatted(
                                    taken.commit() - standing.storedCommit(), problem == null ? "" : ": " + problem));
        }
        return taken;
    }

    static ProblemException behind(Database database, String why) {
        return new ProblemException(Problem.of(
                ProblemCode.FOLLOW_BEHIND,
                "The log of '%s' is not as far as the database: %s".formatted(database.name(), why),
                Map.of("database", database.name())));
    }
}
