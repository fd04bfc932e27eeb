package dev.afterimage.follow;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.catalog.log.LogSegment;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.catalog.snapshots.LogAnchor;
import dev.afterimage.catalog.snapshots.LogAnchors;
import dev.afterimage.follow.TimeLine.Edge;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.DamagedSegmentException;
import dev.afterimage.repository.log.Segment;
import dev.afterimage.repository.log.Segments;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Finds the states of followed databases that can be made again, by time or by the number of a commit. */
@Component
public class Moments {

    /** For what was just committed, and is asked for, to be stored. */
    public static final Duration TO_STORE = Duration.ofSeconds(30);

    /** Whether the first snapshot of a chain is there. */
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private final LogChains chains;
    private final LogSegments segments;
    private final LogAnchors anchors;
    private final LogCuts cuts;
    private final Segments objects;
    private final Follows follows;
    private final Followers followers;

    Moments(
            LogChains chains,
            LogSegments segments,
            LogAnchors anchors,
            LogCuts cuts,
            Segments objects,
            Follows follows,
            Followers followers) {
        this.chains = chains;
        this.segments = segments;
        this.anchors = anchors;
        this.cuts = cuts;
        this.objects = objects;
        this.follows = follows;
        this.followers = followers;
    }

    /**
     * The state that a database had at a time.
     *
     * @throws MomentNotReachableException when it lies in a gap of the log, before or behind it, or before its window
     * @throws dev.afterimage.problem.ProblemException FOLLOW_BEHIND when it was committed just now and the repository has not got it soon
     */
    public Moment at(Database database, Instant time) {
        var reached = storedUpTo(database, time, null);
        var all = chains.all(database.id());
        var chain = all.stream()
                .filter(one -> !one.begunAt().isAfter(time))
                .reduce((_, later) -> later)
                .orElseThrow(() -> notReachable(database, "its log begins later", all, time));
        if (time.isAfter(seenUntil(chain, reached))) {
            throw notReachable(
                    database,
                    all.getLast().equals(chain)
                            ? "its log does not go on until then"
                            : "it is not known what was committed then",
                    all,
                    time);
        }
        long commit = lastCommit(chain, time)
                .orElseThrow(() -> notReachable(database, "what its log had of then is deleted", all, time));
        return reach(database, chain, commit);
    }

    /**
     * The state that a commit has left.
     *
     * @throws MomentNotReachableException when the log has no such commit, or no snapshot from which to replay it
     */
    public Moment commit(Database database, long commit) {
        storedUpTo(database, null, commit);
        var all = chains.all(database.id());
        var chain = segments.with(database.id(), commit)
                .flatMap(segment -> chains.find(segment.chain()))
                .or(() -> all.stream()
                        .filter(one -> one.firstCommit() - 1 == commit)
                        .findFirst())
                .orElseThrow(() -> new MomentNotReachableException(
                        database.name(),
                        "its log has no commit %d".formatted(commit),
                        before(database, commit),
                        after(database, commit)));
        return reach(database, chain, commit);
    }

    /**
     * One of all commits that can be had.
     *
     * @param place among them, which is taken modulo their number
     * @throws MomentNotReachableException when there is none
     */
    public Moment anyOf(Database database, long place) {
        var all = chains.all(database.id());
        var reachable = all.stream().flatMap(chain -> span(chain).stream()).toList();
        long count = reachable.stream().mapToLong(Span::count).sum();
        if (count == 0) {
            throw new MomentNotReachableException(
                    database.name(), "it is not followed, or has no backup since it is", null, null);
        }
        long left = place % count;
        for (var span : reachable) {
            if (left < span.count()) {
                return reach(database, span.chain(), span.first() + left);
            }
            left -= span.count();
        }
        throw new IllegalStateException("there are as many as were counted");
    }

    private record Span(LogChain chain, long first, long last) {
        long count() {
            return last - first + 1;
        }
    }

    /** From the first snapshot on, of which all that follows is there, all of a chain can be had. */
    private Optional<Span> span(LogChain chain) {
        return anchors.first(chain.id())
                .flatMap(anchor -> lastOf(chain).map(last -> new Span(chain, anchor.to(), last.commit())))
                .filter(span -> span.count() > 0);
    }

    /** When the next commit after a state was taken; empty where none is known. Its number is one more. */
    public Optional<Instant> nextAt(Moment moment) {
        long next = moment.commit() + 1;
        return segments.between(moment.databaseId(), moment.chain(), next, next).stream()
                .findFirst()
                .map(segment -> takenAt(segment, next));
    }

    /** The newest state that is taken; empty where it is not followed at this moment, or there is nothing from which to replay it. */
    public Optional<Moment> newest(Database database) {
        if (followers.reached(database.id()).isEmpty()) {
            return Optional.empty();
        }
        var reached = followers.flush(database, TO_STORE);
        return chains.find(reached.chain())
                .filter(chain -> anchors.nearest(chain.id(), reached.commit()).isPresent())
                .map(chain -> reach(database, chain, reached.commit()));
    }

    /**
     * Takes all that is committed by now, and waits until it can be restored from the repository. What was committed before the first snapshot
     * of a chain that has just begun is in that snapshot: then that one is reached, or a later commit.
     *
     * @throws dev.afterimage.problem.ProblemException FOLLOW_BEHIND when that is not so after the patience; FOLLOW_NOT_FOUND when it is not followed
     */
    public Reached flush(Database database, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        var reached = followers.flush(database, patience);
        while (anchors.nearest(reached.chain(), reached.commit()).isEmpty()) {
            long left = end - System.nanoTime();
            if (left <= 0 || Thread.currentThread().isInterrupted()) {
                throw Followers.behind(
                        database, "the snapshot from which this part of its log is replayed is not there yet");
            }
            LockSupport.parkNanos(BETWEEN_LOOKS.toNanos());
            reached = followers.flush(database, Duration.ofNanos(left));
        }
        return reached;
    }

    /** Sees that what is asked for is in the repository, where it was committed by now. */
    private @Nullable Reached storedUpTo(Database database, @Nullable Instant time, @Nullable Long commit) {
        if (follows.find(database.id()).isEmpty()
                || followers.reached(database.id()).isEmpty()) {
            return null;
        }
        var standing = followers.standing(database);
        boolean isStored = time == null
                ? commit == null || commit <= standing.storedCommit()
                : segments.last(database.id())
                        .filter(last -> last.lastAt().isAfter(time))
                        .isPresent();
        return isStored ? followers.reached(database.id()).orElse(null) : followers.flush(database, TO_STORE);
    }

    /** Until when it is known that nothing else was committed. */
    Instant seenUntil(LogChain chain) {
        return seenUntil(chain, followers.reached(chain.databaseId()).orElse(null));
    }

    private static Instant seenUntil(LogChain chain, @Nullable Reached reached) {
        return reached != null
                        && reached.chain().equals(chain.id())
                        && reached.at().isAfter(chain.seenUntil())
                ? reached.at()
                : chain.seenUntil();
    }

    /** Empty where it is deleted which that was. */
    private Optional<Long> lastCommit(LogChain chain, Instant time) {
        var found = segments.at(chain.databaseId(), chain.id(), time);
        if (found.isEmpty()) {
            return firstCommit(chain, time);
        }
        var segment = found.get();
        if (!segment.lastAt().isAfter(time)) {
            return Optional.of(segment.lastCommit());
        }
        var commits = commits(segment);
        long before = commits.stream()
                .filter(commit -> !commit.takenAt().isAfter(time))
                .count();
        return Optional.of(segment.firstCommit() + before - 1);
    }

    /** What a chain begins with, be it since its older segments are deleted. */
    private Optional<Long> firstCommit(LogChain chain, Instant time) {
        var cut = cuts.before(chain);
        if (cut.isEmpty()) {
            return Optional.of(chain.firstCommit() - 1);
        }
        return firstOf(chain)
                .filter(first -> first.commit() == cut.get() - 1 && !first.at().isAfter(time))
                .map(Edge::commit);
    }

    private List<Segment.Commit> commits(LogSegment segment) {
        return objects.describe(segment.databaseId(), stored(segment)).commits();
    }

    /** How one lies in the repository. */
    static Segments.Stored stored(LogSegment segment) {
        return new Segments.Stored(
                new SegmentName(segment.chain(), segment.firstCommit(), segment.lastCommit()), segment.bytes());
    }

    private Moment reach(Database database, LogChain chain, long commit) {
        var anchor = anchors.nearest(chain.id(), commit)
                .orElseThrow(() -> new MomentNotReachableException(
                        database.name(),
                        "there is no snapshot from which commit %d could be replayed".formatted(commit),
                        before(database, commit),
                        after(database, commit)));
        return from(anchor, chain, database, commit);
    }

    /** The same from a certain snapshot, which is from before it. */
    public Moment from(LogAnchor anchor, Database database, long commit) {
        return from(anchor, chains.find(anchor.chain()).orElseThrow(), database, commit);
    }

    private Moment from(LogAnchor anchor, LogChain chain, Database database, long commit) {
        var replayed = commit > anchor.from()
                ? segments.between(database.id(), chain.id(), anchor.from() + 1, commit)
                : List.<LogSegment>of();
        if (commit > anchor.from()) {
            requireWhole(database, chain, replayed, anchor, commit);
        }
        return new Moment(database.id(), chain.id(), commit, takenAt(chain, commit), anchor, replayed);
    }

    private void requireWhole(
            Database database, LogChain chain, List<LogSegment> replayed, LogAnchor anchor, long commit) {
        long next = anchor.from() + 1;
        for (var segment : replayed) {
            if (segment.firstCommit() > next) {
                break;
            }
            next = segment.lastCommit() + 1;
        }
        if (next <= commit) {
            long missing = next;
            throw cuts.before(chain)
                    .filter(cut -> missing < cut)
                    .<RuntimeException>map(_ -> new MomentNotReachableException(
                            database.name(),
                            "what its log had of commit %d is deleted".formatted(missing),
                            before(database, commit),
                            after(database, commit)))
                    .orElseGet(() -> DamagedSegmentException.missing(database.id(), chain.id(), missing));
        }
    }

    private Instant takenAt(LogChain chain, long commit) {
        if (commit < chain.firstCommit()) {
            return chain.begunAt();
        }
        var segment = segments.with(chain.databaseId(), commit).orElse(null);
        if (segment == null) { // pruned, but a snapshot has it
            return anchors.nearest(chain.id(), commit).map(LogAnchor::at).orElse(chain.begunAt());
        }
        return takenAt(segment, commit);
    }

    private Instant takenAt(LogSegment segment, long commit) {
        if (segment.firstCommit() == commit) {
            return segment.firstAt();
        }
        return segment.lastCommit() == commit
                ? segment.lastAt()
                : commits(segment).get((int) (commit - segment.firstCommit())).takenAt();
    }

    private MomentNotReachableException notReachable(Database database, String why, List<LogChain> all, Instant time) {
        Edge before = null;
        Edge after = null;
        for (var chain : all) {
            var first = firstOf(chain).orElse(null);
            if (first == null) {
                continue;
            }
            if (first.at().isAfter(time)) {
                after = after == null ? first : after;
            } else {
                before = lastOf(chain).orElse(before);
            }
        }
        return new MomentNotReachableException(database.name(), why, before, after);
    }

    /** The last commit before one that can be had: a snapshot has it, or a chain ends with it. */
    private @Nullable Edge before(Database database, long commit) {
        var inSnapshot = anchors.all(database.id()).stream()
                .filter(anchor -> anchor.from() == anchor.to() && anchor.to() < commit)
                .reduce((_, later) -> later)
                .map(anchor -> new Edge(anchor.to(), anchor.at()));
        var atAnEnd = chains.all(database.id()).stream()
                .flatMap(chain -> lastOf(chain).stream())
                .filter(last -> last.commit() < commit)
                .reduce((_, later) -> later);
        return Stream.concat(inSnapshot.stream(), atAnEnd.stream())
                .max(Comparator.comparingLong(Edge::commit))
                .orElse(null);
    }

    /** The first commit after one that can be had: from a snapshot on, all can. */
    private @Nullable Edge after(Database database, long commit) {
        return anchors.all(database.id()).stream()
                .filter(anchor -> anchor.to() > commit)
                .findFirst()
                .flatMap(anchor ->
                        chains.find(anchor.chain()).map(chain -> new Edge(anchor.to(), takenAt(chain, anchor.to()))))
                .orElse(null);
    }

    /** The first commit of a chain that can be had. */
    Optional<Edge> firstOf(LogChain chain) {
        return anchors.first(chain.id()).map(anchor -> new Edge(anchor.to(), takenAt(chain, anchor.to())));
    }

    /** The last one. */
    Optional<Edge> lastOf(LogChain chain) {
        return segments.last(chain.databaseId(), chain.id())
                .filter(segment ->
                        anchors.nearest(chain.id(), segment.lastCommit()).isPresent())
                .map(segment -> new Edge(segment.lastCommit(), segment.lastAt()))
                .or(() -> firstOf(chain));
    }
}
