package dev.afterimage.follow;

import dev.afterimage.bytes.Disk;
import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogChecks;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.catalog.log.LogSegment;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.DamagedSegmentException;
import dev.afterimage.repository.log.Merged;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.sqlite.StagingProblem;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Makes few segments of the many that a log gets: a second of commits needs an object of its own only until the repository has it. For one thread.
 *
 * <p>Crash order: the segment that was made is read back and compared before the catalog names it, and proven once more before those whose place it took
 * are deleted. Who dies before the catalog names it leaves one that is made again, or that the next start of following finds.
 */
@Component
class LogMerge {

    private static final Logger log = LoggerFactory.getLogger(LogMerge.class);

    /** What a segment has at most when others are added: it is read as a whole, and what it says of its commits is read to find one of them. */
    private static final long MOST_BYTES = 64L << 20;

    private static final long MOST_COMMITS = 20_000;

    /** The same of its pages: they are known by their numbers in memory, and lie in the staging directory meanwhile. */
    private static final long MOST_PAGES = 128L << 10;

    private static final long MOST_PAGE_BYTES = 512L << 20;

    /** Left on the disk of the staging directory: the catalog and the spool may lie there, too, and need it more. */
    private static final long LEAST_ROOM = 2L << 30;

    /** Looked at for one database before it is the turn of others. */
    private static final int MOST_SEGMENTS = 20_000;

    private final LogChains chains;
    private final LogSegments segments;
    private final LogRecords records;
    private final LogChecks checks;
    private final LogCuts cuts;
    private final Segments objects;
    private final Followers followers;
    private final Node node;
    private final FollowSettings settings;
    private final Clock clock;

    LogMerge(
            LogChains chains,
            LogSegments segments,
            LogRecords records,
            LogChecks checks,
            LogCuts cuts,
            Segments objects,
            Followers followers,
            Node node,
            FollowSettings settings,
            Clock clock) {
        this.chains = chains;
        this.segments = segments;
        this.records = records;
        this.checks = checks;
        this.cuts = cuts;
        this.objects = objects;
        this.followers = followers;
        this.node = node;
        this.settings = settings;
        this.clock = clock;
    }

    /**
     * Merges what is old enough, and deletes what was merged long enough ago.
     *
     * @param isStopping asked between two segments that are made
     * @throws dev.afterimage.problem.ProblemException when the storage or the staging directory fails; the next time goes on
     */
    void merge(UUID databaseId, BooleanSupplier isStopping) {
        if (settings.mergeTo().isPositive()) {
            chains.all(databaseId).stream()
                    .flatMap(chain -> due(chain).stream())
                    .takeWhile(_ -> !isStopping.getAsBoolean() && hasRoom())
                    .forEach(parts -> merge(databaseId, parts));
        }
        if (!isStopping.getAsBoolean()) {
            deleteReplaced(databaseId);
        }
    }

    private boolean hasRoom() {
        try {
            return Disk.usableBytes(node.staging()) > MOST_PAGE_BYTES + LEAST_ROOM;
        } catch (IOException e) {
            throw StagingProblem.of(node.staging(), e);
        }
    }

    private List<List<LogSegment>> due(LogChain chain) {
        var over = Instant.ofEpochMilli(
                number(clock.instant()) * settings.mergeTo().toMillis());
        var suspects = Set.copyOf(checks.withFindings(chain.databaseId()));
        var groups = new ArrayList<List<LogSegment>>();
        var group = new Group();
        for (var segment : segments.begunBefore(chain.databaseId(), chain.id(), over, MOST_SEGMENTS)) {
            boolean isSuspect = suspects.contains(place(segment));
            if (isSuspect || !group.takes(segment)) {
                groups.add(group.segments);
                group = new Group();
            }
            if (!isSuspect) {
                group.add(segment);
            }
        }
        groups.add(group.segments);
        return groups.stream().filter(one -> one.size() > 1).toList();
    }

    /** Of the span that a time lies in. */
    private long number(Instant time) {
        return Math.floorDiv(time.toEpochMilli(), settings.mergeTo().toMillis());
    }

    /** What is merged to one. */
    private final class Group {

        private final List<LogSegment> segments = new ArrayList<>();
        private long bytes;
        private long pages;

        boolean takes(LogSegment next) {
            return segments.isEmpty()
                    || (next.firstCommit() == segments.getLast().lastCommit() + 1
                            && number(next.firstAt())
                                    == number(segments.getFirst().firstAt())
                            && next.lastCommit() - segments.getFirst().firstCommit() < MOST_COMMITS
                            && bytes + next.bytes() <= MOST_BYTES
                            && pages + next.pages() <= MOST_PAGES
                            && (pages + next.pages()) * next.pageSize() <= MOST_PAGE_BYTES);
        }

        void add(LogSegment next) {
            segments.add(next);
            bytes += next.bytes();
            pages += next.pages();
        }
    }

    private static LogChecks.Place place(LogSegment segment) {
        return new LogChecks.Place(segment.chain(), segment.firstCommit(), segment.lastCommit());
    }

    private void merge(UUID databaseId, List<LogSegment> parts) {
        try {
            var merged =
                    Merged.of(databaseId, parts.stream().map(Moments::stored).toList(), objects, node.staging());
            records.add(merged);
            followers.copy(databaseId, merged.segment().name(), merged.bytes());
            log.info(
                    "Merged {} segments of the log of database {} to one of {} bytes",
                    parts.size(),
                    databaseId,
                    merged.bytes());
        } catch (DamagedSegmentException e) {
            note(databaseId, e.segment(), e.problem().detail());
        } catch (ProblemException e) {
            goOn(e);
        }
    }

    /** The next check of the repository looks at it and tells; until that finds it whole it is left out here. */
    private void note(UUID databaseId, SegmentName name, String found) {
        objects.requirePresence(); // or all of a disk that was taken away would be told as missing
        var before = cuts.of(databaseId).get(name.chain());
        if (before == null || name.firstCommit() >= before) {
            log.warn("The log of database {} is not merged there: {}", databaseId, found);
            checks.found(databaseId, new LogChecks.Place(name.chain(), name.firstCommit(), name.lastCommit()), found);
        }
    }

    /** Other processes may have listed them before, and read them still; who replays the log here is asked. */
    private void deleteReplaced(UUID databaseId) {
        var merged = segments.mergedUntil(databaseId, clock.instant().minus(settings.keepMerged()));
        if (merged.isEmpty() || objects.isRead(databaseId)) {
            return;
        }
        var suspects = Set.copyOf(checks.withFindings(databaseId));
        var there = objects.all(databaseId).stream().map(Segments.Stored::name).toList();
        for (var segment : merged) {
            var replaced = there.stream()
                    .filter(Moments.stored(segment).name()::replaces)
                    .toList();
            if (replaced.isEmpty()) {
                segments.setAlone(segment);
            } else if (SegmentName.cover(replaced, Moments.stored(segment).name())
                    || !suspects.contains(place(segment))) {
                delete(databaseId, segment, replaced);
            }
        }
    }

    /** The next time sees whether all are gone. */
    private void delete(UUID databaseId, LogSegment segment, List<SegmentName> replaced) {
        try {
            objects.prove(databaseId, Moments.stored(segment));
            if (!objects.isRead(databaseId)) {
                objects.delete(databaseId, replaced);
            }
        } catch (DamagedSegmentException e) {
            var name = Moments.stored(segment).name();
            if (SegmentName.cover(replaced, name)) {
                log.warn("What was merged is taken back, and what it was made of is used again: {}", e.getMessage());
                objects.delete(databaseId, List.of(name));
                records.complete(databaseId);
            } else {
                note(databaseId, name, e.problem().detail());
            }
        } catch (ProblemException e) {
            goOn(e);
        }
    }

    /** One object on a bad sector, or in an archive, does not hold up the others; a storage that is away does. */
    private void goOn(ProblemException e) {
        if (e.code() != ProblemCode.STORAGE_UNREACHABLE && e.code() != ProblemCode.OBJECTS_ARCHIVED) {
            throw e;
        }
        objects.requirePresence();
        log.warn("Segments of a log are neither merged nor deleted: {}", e.getMessage());
    }
}
