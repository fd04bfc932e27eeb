package dev.afterimage.follow;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.log.LogSegment;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.log.Segment;
import dev.afterimage.sqlite.follow.Follower;
import dev.afterimage.sqlite.follow.WalPosition;
import dev.afterimage.sqlite.live.SourceException;
import dev.afterimage.sqlite.live.SourceFile;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A database that is followed: its commits are taken into files of the spool, one after the other; each that is whole goes into the outbox. Safe
 * for several threads; one takes at a time.
 *
 * <p>Crash order: a file of the spool is durable before what it has is let go of in the WAL.
 */
final class Followed {

    private static final Logger log = LoggerFactory.getLogger(Followed.class);

    /** Under traffic: an application that checkpoints waits for the pinned state to move on. */
    private static final long FASTEST = TimeUnit.MILLISECONDS.toNanos(5);

    /** While nothing is committed, and our reader is in nobody's way. */
    private static final long IDLE = TimeUnit.MILLISECONDS.toNanos(250);

    /** A thousand that are quiet for so long hold little. */
    private static final long UNTIL_QUIET = TimeUnit.MINUTES.toNanos(1);

    /** While nothing is committed, and a checkpoint that wants to begin the WAL anew would have to wait for our reader. */
    private static final long IN_THE_WAY = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long SLOWING_DOWN = 2;

    private static final long RETRY = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_RETRY = TimeUnit.SECONDS.toNanos(30);

    /** Before the 1000 at which applications checkpoint by themselves, to be in nobody's way. */
    private static final long FRAMES_TO_CHECKPOINT = 500;

    /** One that writes all back has the WAL begun anew by the next commit, unless that came before it had returned. */
    private static final int CHECKPOINTS_IN_VAIN = 1;

    private static final long SEGMENT_BYTES = 64L << 20;

    /** After that, who relies on it is told. */
    private static final Duration PASSES = Duration.ofSeconds(30);

    private static final Duration LONGEST_LAG = Duration.ofMinutes(5);

    /** How often it is looked whether another file lies in the place. */
    private static final long LOOK_AT_FILE = TimeUnit.SECONDS.toNanos(1);

    private static final long LOOK_FOR_LITESTREAM = TimeUnit.SECONDS.toNanos(10);

    private final Database database;
    private final FollowedPlaces places;
    private volatile FollowPolicy policy;

    private final ReentrantLock taking = new ReentrantLock();
    private final Outbox outbox;

    private @Nullable Follower follower;
    private @Nullable SpoolFile open;
    private long counted;

    /** How it is to begin anew whatever could be gone on with, until it has; else null. */
    private Segment.@Nullable Continuity anew;

    private boolean leftoversFound;
    private boolean wasFull;
    private boolean ended;
    private long pace = FASTEST;
    private long lastCommitted = System.nanoTime() - UNTIL_QUIET;
    private long retry = RETRY;
    private long lookAtFile = System.nanoTime();
    private long lookForLitestream = lookAtFile - LOOK_FOR_LITESTREAM;
    private long checkpointAfter;
    private int checkpointsOfWal;
    private long checkpointPause = FASTEST;

    private volatile @Nullable Reached reached;
    private volatile @Nullable WalPosition position;
    private volatile FollowState state = FollowState.CATCHING_UP;
    private volatile @Nullable String reason = "It has just begun.";

    /** What tells that Litestream replicates the database, too; null where nothing does. */
    private volatile @Nullable String litestream;

    private @Nullable LitestreamTable tableOfSchema;

    /** Why it does not move, as somebody else has seen; null where it does. */
    private volatile @Nullable String stall;

    private volatile long walFrames;
    private final AtomicLong checkpoints = new AtomicLong();
    private volatile long longestCheckpoint;
    private volatile Duration longestWriteLock = Duration.ZERO;
    private volatile long notFollowingSince = System.nanoTime();
    private volatile @Nullable Instant oldestOpen;
    private volatile long openBytes;
    private volatile int openCommits;

    /** When its first commit was taken, whatever becomes of the time of day. */
    private long openSince;

    Followed(Database database, FollowPolicy policy, FollowedPlaces places) {
        this.database = database;
        this.policy = policy;
        this.places = places;
        this.outbox = new Outbox(database.name(), places);
    }

    Database database() {
        return database;
    }

    FollowPolicy policy() {
        return policy;
    }

    void change(FollowPolicy changed) {
        policy = changed;
    }

    /** Up to where commits were taken; null before a chain is begun or gone on with. */
    @Nullable
    Reached reached() {
        return reached;
    }

    /** Where in the WAL that is; null while it is not followed. */
    @Nullable
    WalPosition position() {
        return position;
    }

    FollowState state() {
        return stall == null ? state : FollowState.CATCHING_UP;
    }

    private @Nullable String reason() {
        var why = stall;
        return why == null ? reason : why;
    }

    /** Why it is not FOLLOWING, or what it has waits for so long; empty where that may pass soon. */
    Optional<String> whyNot() {
        long now = System.nanoTime();
        if (state() == FollowState.FOLLOWING) {
            notFollowingSince = now;
            var oldest = oldestWaiting();
            boolean waitsLong = oldest != null
                    && Duration.between(oldest, places.clock().instant()).compareTo(LONGEST_LAG) > 0;
            return waitsLong
                    ? Optional.of("Commits wait since %s for the repository: %s".formatted(oldest, outbox.problem()))
                    : Optional.empty();
        }
        boolean passes =
                state() == FollowState.CATCHING_UP && stall == null && now - notFollowingSince < PASSES.toNanos();
        return passes ? Optional.empty() : Optional.ofNullable(reason());
    }

    /** Told by who has seen that it stands still, which it does not notice itself; null when it moves. */
    void stands(@Nullable String why) {
        stall = why;
    }

    /**
     * Takes what is new.
     *
     * @return in how many nanoseconds to look again
     */
    long look() {
        taking.lock();
        try {
            if (ended) {
                return Rounds.NEVER;
            }
            return look(requireFollower());
        } catch (ProblemException e) {
            return letGo(e.problem().detail(), e instanceof SourceException.NotFollowable);
        } catch (RuntimeException | Error e) {
            log.error("Following '{}' has failed, and is tried again", database.name(), e);
            return letGo(e.toString(), false);
        } finally {
            taking.unlock();
        }
    }

    private long look(Follower following) {
        requireSameFile();
        lookForLitestream();
        if (following.hasMoved()) {
            take(following);
            pace = FASTEST;
        } else {
            pace = Math.min(pace * SLOWING_DOWN, slowest(following));
        }
        seen();
        finishSegmentWhereDue();
        checkpointWhereDue(requireFollower()); // which may be another one by now
        return pace;
    }

    private long slowest(Follower following) {
        if (!following.isWrittenBack()) {
            return IN_THE_WAY;
        }
        if (System.nanoTime() - lastCommitted >= UNTIL_QUIET) {
            following.rest();
        }
        return IDLE;
    }

    /** Opens what was closed: at the start, and after something was in the way. */
    private Follower requireFollower() {
        var following = follower;
        if (following == null) {
            takeUpLeftovers();
            finishWhatWasBegun();
            requireRoomToBegin();
            var begun = open;
            following = Follower.begin(existing(), begun == null || anew != null ? null : begun.position());
            follower = following;
            goOn(following);
        }
        return following;
    }

    private Path existing() {
        var path = places.paths().existing(database);
        if (!policy.besideSource()) {
            places.spool().requireElsewhere(path);
        }
        return path;
    }

    /**
     * What was left when following ended: it is stored, and a new file goes on from the last. Nothing is added to a file that has commits: it may
     * be stored already, or be about to be by who has followed before.
     */
    private void takeUpLeftovers() {
        if (leftoversFound) {
            return;
        }
        var found = new ArrayList<SpoolFile>();
        try {
            for (var path : places.spool().files(database.id())) {
                opened(path).ifPresent(found::add);
            }
            found.forEach(this::addChainOf);
        } catch (RuntimeException | Error e) { // tried again, of all files
            found.forEach(places.spool()::leave);
            throw e;
        }
        leftoversFound = true; // what follows may fail and is tried again; they must not be taken up twice
        found.forEach(this::takeUp);
    }

    private void takeUp(SpoolFile file) {
        var before = open;
        goOnIn(file);
        if (before != null) {
            toStoreOrDelete(before);
        }
    }

    private void finishWhatWasBegun() {
        var begun = open;
        if (begun != null && begun.commits() > 0) {
            finishSegment(begun);
        }
    }

    private Optional<SpoolFile> opened(Path path) {
        try {
            var found = SpoolFile.open(path, places.clock());
            places.spool().count(found.bytes());
            return Optional.of(found);
        } catch (IllegalArgumentException e) {
            if (SpoolFile.isUnfinished(path)) {
                places.spool().delete(path);
            } else {
                putAside(path, e);
            }
            return Optional.empty();
        }
    }

    /** What it had is missed: nothing goes on from what came before it. */
    private void putAside(Path path, IllegalArgumentException why) {
        anew = Segment.Continuity.GAP;
        log.error(
                "A file of the spool of '{}' cannot be read, and is kept as {}: its commits are missed",
                database.name(),
                places.spool().putAside(path),
                why);
    }

    private void addChainOf(SpoolFile found) {
        addChain(
                found.begin(),
                found.commits() > 0 ? found.firstTakenAt() : places.clock().instant());
    }

    /** @return how much more may wait */
    private long requireRoom() {
        long room = places.spool().room(lagBytes());
        if (room <= 0) {
            throw full();
        }
        return room;
    }

    /** After it was full it takes room that lasts: with a little, the next transactions would be one more gap. */
    private void requireRoomToBegin() {
        if (requireRoom() < (wasFull ? places.spool().roomAfterFull() : 0)) {
            throw full();
        }
        wasFull = false;
    }

    private SpoolFullException full() {
        wasFull = true;
        return new SpoolFullException(database.name(), places.spool().maxBytes());
    }

    private void goOn(Follower following) {
        if (open == null) {
            places.records()
                    .complete(database.id()); // or numbers of a log that the catalog does not know would come again
        }
        if (open == null || anew != null) {
            beginChain(following, anew == null ? Segment.Continuity.BEGUN : anew);
            return;
        }
        switch (following.continuity()) {
            case CONTINUED -> follows(following);
            case GAP -> beginChain(following, Segment.Continuity.GAP);
            case FORK -> beginChain(following, Segment.Continuity.FORK);
        }
    }

    private void follows(Follower following) {
        position = following.position();
        noteOpen();
    }

    /** The spool file comes first: a chain without it would never have a segment. */
    private void beginChain(Follower following, Segment.Continuity continuity) {
        var before = open;
        var last = lastCommit(before);
        var begin = new SpoolFile.Begin(
                database.id(),
                UUID.randomUUID(),
                last.end(),
                last.end() == null ? Segment.Continuity.BEGUN : continuity,
                firstCommit(last),
                following.position(),
                following.schemaCookie(),
                last.takenAt());
        var created = create(begin);
        try {
            addChain(begin, places.clock().instant());
        } catch (RuntimeException | Error e) {
            discardEmpty(created);
            throw e;
        }
        goOnIn(created);
        anew = null;
        if (before != null) {
            toStoreOrDelete(before);
        }
        if (before != null || last.commit() > 0) {
            log.warn(
                    "'{}' is followed anew from commit {} on, after a {}: moments in between cannot be restored",
                    database.name(),
                    begin.firstCommit(),
                    continuity);
        }
        follows(following);
    }

    /**
     * Where something came before, the state with which the chain begins has a number of its own: it may be another than the last one that was
     * taken.
     */
    private long firstCommit(Last last) {
        return places.chains().all(database.id()).stream().mapToLong(LogChain::firstCommit).max().stream()
                .map(newest -> Math.max(newest, last.commit() + 1) + 1)
                .findFirst()
                .orElse(1);
    }

    private record Last(Segment.@Nullable End end, long commit, Instant takenAt) {}

    private Last lastCommit(@Nullable SpoolFile before) {
        if (before != null) {
            var begin = before.begin();
            var end = before.commits() > 0 ? new Segment.End(begin.chain(), before.lastCommit()) : begin.previous();
            return new Last(end, before.lastCommit(), before.lastTakenAt());
        }
        return places.segments()
                .last(database.id())
                .map(segment -> new Last(
                        new Segment.End(segment.chain(), segment.lastCommit()), segment.lastCommit(), segment.lastAt()))
                .orElse(new Last(null, 0, Instant.EPOCH));
    }

    private void addChain(SpoolFile.Begin begin, Instant begunAt) {
        switch (begin.continuity()) {
            case CONTINUED -> {}
            case BEGUN -> addChain(begin, LogChain.Continuity.BEGUN, begunAt);
            case GAP -> addChain(begin, LogChain.Continuity.GAP, begunAt);
            case FORK -> addChain(begin, LogChain.Continuity.FORK, begunAt);
        }
    }

    /** It begins after what came before it, even where the time of day has gone back. */
    private void addChain(SpoolFile.Begin begin, LogChain.Continuity continuity, Instant found) {
        var begunAt = found.isBefore(begin.notBefore()) ? begin.notBefore() : found;
        places.chains()
                .add(new LogChain(
                        begin.chain(),
                        database.id(),
                        begin.firstCommit(),
                        continuity,
                        policy.window(),
                        begunAt,
                        begunAt,
                        null,
                        0));
    }

    private SpoolFile create(SpoolFile.Begin begin) {
        var created = SpoolFile.create(places.spool().newFile(begin), begin, places.clock());
        places.spool().count(created.bytes());
        return created;
    }

    private void goOnIn(SpoolFile file) {
        open = file;
        counted = file.bytes();
    }

    private void take(Follower following) {
        var file = open;
        if (file == null) {
            throw new IllegalStateException("it is followed into nothing");
        }
        file.growAtMost(requireRoom(), this::full);
        turned(following, following.turn(file));
    }

    private void turned(Follower following, Follower.Continuity continuity) {
        switch (continuity) {
            case CONTINUED -> {
                noteCommitted(following.position());
                position = following.position();
                checkpointsOfWal = following.walFrames() < walFrames ? 0 : checkpointsOfWal;
                walFrames = following.walFrames();
                noteOpen();
            }
            case GAP -> beginAnew(Segment.Continuity.GAP);
            case FORK -> beginAnew(Segment.Continuity.FORK);
        }
    }

    private void noteCommitted(WalPosition now) {
        if (!now.equals(position)) {
            lastCommitted = System.nanoTime();
        }
    }

    /** What is pinned is of no use any more. */
    private void beginAnew(Segment.Continuity continuity) {
        anew = continuity;
        closeFollower();
        var following = Follower.begin(existing(), null);
        follower = following;
        beginChain(following, continuity);
    }

    private void noteOpen() {
        var file = open;
        if (file != null) {
            places.spool().count(file.bytes() - counted);
            counted = file.bytes();
            if (openCommits == 0) {
                openSince = System.nanoTime();
            }
            openCommits = file.commits();
            openBytes = file.commits() > 0 ? file.bytes() : 0;
            oldestOpen = file.commits() > 0 ? file.firstTakenAt() : null;
        }
    }

    /** Only now is it FOLLOWING: what was committed before it was opened is taken, too. */
    private void seen() {
        var file = open;
        if (file != null) {
            reached = new Reached(
                    file.begin().chain(),
                    file.lastCommit(),
                    file.lastTakenAt(),
                    places.clock().instant());
        }
        state = FollowState.FOLLOWING;
        reason = null;
        retry = RETRY;
    }

    private void requireSameFile() {
        long now = System.nanoTime();
        var at = position;
        if (at != null && now - lookAtFile >= LOOK_AT_FILE) {
            lookAtFile = now;
            var identity = String.valueOf(SourceFile.find(database.path()).identity());
            if (!identity.equals(at.file())) {
                throw new SourceException.NotFollowable(database.path(), "another file lies in its place");
            }
        }
    }

    /** It may begin any time: nothing is lost by that, but two that are in each other's way are told. */
    private void lookForLitestream() {
        var following = follower;
        var file = open;
        long now = System.nanoTime();
        if (following == null || file == null || now - lookForLitestream < LOOK_FOR_LITESTREAM) {
            return;
        }
        lookForLitestream = now;
        if (tableOfSchema == null || tableOfSchema.cookie() != file.cookie()) {
            tableOfSchema = new LitestreamTable(
                    file.cookie(), Litestream.table(following).orElse(null));
        }
        litestream = Litestream.directory(database.path()).orElse(tableOfSchema.trace());
    }

    /** What the schema of that cookie has of it. */
    private record LitestreamTable(int cookie, @Nullable String trace) {}

    private void finishSegmentWhereDue() {
        var file = open;
        if (file != null
                && file.commits() > 0
                && (file.bytes() >= SEGMENT_BYTES
                        || System.nanoTime() - openSince >= policy.interval().toNanos())) {
            finishSegment(file);
        }
    }

    private SpoolFile finishSegment(SpoolFile file) {
        var next = create(file.next());
        goOnIn(next);
        toStoreOrDelete(file);
        noteOpen();
        return next;
    }

    /** One without commits is nothing that anybody needs: the next one goes on from the same position. */
    private void toStoreOrDelete(SpoolFile file) {
        if (file.commits() == 0) {
            discardEmpty(file);
        } else {
            outbox.add(file);
        }
    }

    private void discardEmpty(SpoolFile file) {
        try {
            places.spool().discard(file);
        } catch (ProblemException e) { // the next start tries it again
            log.warn("A file without commits of '{}' stays in the spool: {}", database.name(), e.getMessage());
            places.spool().leave(file);
        }
    }

    private void checkpointWhereDue(Follower following) {
        long now = System.nanoTime();
        if (following.walFrames() < FRAMES_TO_CHECKPOINT || following.isWrittenBack() || now < checkpointAfter) {
            return;
        }
        boolean done = following.checkpoint();
        longestCheckpoint = Math.max(longestCheckpoint, System.nanoTime() - now);
        checkpoints.incrementAndGet();
        checkpointPause = done ? FASTEST : Math.min(checkpointPause * SLOWING_DOWN, RETRY);
        checkpointAfter = System.nanoTime() + checkpointPause;
        pace = 1; // the state that is then pinned lets the WAL be begun anew
        if (++checkpointsOfWal > CHECKPOINTS_IN_VAIN && isAboveLimit(following)) {
            writeBackAlone(following);
        }
    }

    private boolean isAboveLimit(Follower following) {
        var limit = policy.walLimitBytes();
        return limit != null && following.walFrames() * following.position().pageSize() > limit;
    }

    /** Nothing is sent anywhere while writers wait. */
    private void writeBackAlone(Follower following) {
        var file = open;
        if (file != null) {
            file.growAtMost(requireRoom(), this::full);
            var locked = following.writeBackAlone(file);
            longestWriteLock = locked.compareTo(longestWriteLock) > 0 ? locked : longestWriteLock;
            turned(following, following.continuity());
        }
    }

    /** Holds nothing any more; the position is in the spool. */
    private long letGo(String why, boolean unsuitable) {
        state = unsuitable ? FollowState.UNSUITABLE : FollowState.CATCHING_UP;
        reason = why;
        if (position != null) {
            notFollowingSince = System.nanoTime();
        }
        position = null;
        closeFollower();
        long wait = retry;
        retry = Math.min(retry * SLOWING_DOWN, LONGEST_RETRY);
        return wait;
    }

    private void closeFollower() {
        var following = follower;
        follower = null;
        if (following != null) {
            try {
                following.close();
            } catch (SourceException e) {
                log.warn("Of '{}' not all could be closed: {}", database.name(), e.getMessage());
            }
        }
    }

    /**
     * Takes all that is committed by now, and finishes the segment that has it.
     *
     * @return up to where was taken; null if it is not followed at this moment
     */
    @Nullable
    Reached takeNow() {
        taking.lock();
        try {
            look();
            var file = open;
            if (follower == null || file == null || state != FollowState.FOLLOWING) {
                return null;
            }
            if (file.commits() > 0) {
                finishSegment(file);
            }
            return reached;
        } finally {
            taking.unlock();
        }
    }

    /** Begins a new chain with what is there now. */
    void followAnew() {
        taking.lock();
        try {
            if (ended) {
                return;
            }
            anew = Segment.Continuity.GAP;
            if (follower != null) {
                takeNow();
                noteSeen();
            }
            if (follower != null && anew != null) { // else it does so when it begins, or has just done so
                beginAnew(anew);
                seen();
            }
        } catch (ProblemException e) {
            letGo(e.problem().detail(), false);
        } catch (RuntimeException | Error e) {
            log.error("Following '{}' anew has failed, and is tried again", database.name(), e);
            letGo(e.toString(), false);
        } finally {
            taking.unlock();
        }
    }

    /** @return whether the repository has a commit, perhaps only after a while */
    boolean awaitStored(long commit, Duration patience) {
        return outbox.awaitStored(commit, patience);
    }

    /**
     * Takes what is committed, a last time, and lets go of all.
     *
     * @param forGood whether nobody goes on; else the position stays in the spool
     */
    void end(boolean forGood) {
        taking.lock();
        try {
            if (ended) {
                return;
            }
            takeTheRest();
            ended = true;
            closeFollower();
            closeOpen(forGood);
        } finally {
            taking.unlock();
        }
    }

    private void takeTheRest() {
        try {
            if (follower != null) {
                takeNow();
            }
            noteSeen();
        } catch (RuntimeException | Error e) { // what it holds must be let go of all the same
            log.warn("The last of '{}' may not have been taken: {}", database.name(), e.toString());
        }
    }

    private void closeOpen(boolean forGood) {
        var file = open;
        if (file != null && file.commits() > 0) {
            file = finishedOrSame(file);
        }
        if (file != null && forGood && file.commits() == 0) {
            discardEmpty(file);
        } else if (file != null) {
            places.spool().leave(file);
        }
        open = null;
    }

    private SpoolFile finishedOrSame(SpoolFile file) {
        try {
            return finishSegment(file);
        } catch (ProblemException e) { // there is no room for another file: who follows next goes on with this one
            log.warn("What was taken of '{}' is not stored yet: {}", database.name(), e.getMessage());
            return file;
        }
    }

    private void noteSeen() {
        var last = reached;
        if (last != null && state == FollowState.FOLLOWING) {
            places.chains().seenUntil(last.chain(), last.at());
        }
    }

    /** Closes what waits after nobody stores any more. */
    void closeWaiting() {
        outbox.close();
    }

    private long lagBytes() {
        return openBytes + outbox.bytes();
    }

    private @Nullable Instant oldestWaiting() {
        return outbox.oldestTakenAt().orElse(oldestOpen);
    }

    FollowStanding standing() {
        var last = reached;
        long commit = last == null ? lastStored() : last.commit();
        var oldest = oldestWaiting();
        var at = position;
        return new FollowStanding(
                state(),
                reason(),
                last == null ? null : last.chain(),
                commit,
                last == null || last.commit() == 0 ? null : last.takenAt(),
                stored(commit),
                oldest == null
                        ? Duration.ZERO
                        : positive(Duration.between(oldest, places.clock().instant())),
                lagBytes(),
                at == null ? 0 : walFrames * at.pageSize(),
                checkpoints.get(),
                Duration.ofNanos(longestCheckpoint),
                longestWriteLock,
                outbox.problem(),
                litestream);
    }

    private long lastStored() {
        return places.segments().last(database.id()).map(LogSegment::lastCommit).orElse(0L);
    }

    /** What comes before the oldest that waits is stored. */
    private long stored(long commit) {
        return outbox.oldestCommit().orElse(commit - openCommits + 1) - 1;
    }

    private static Duration positive(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }
}
