package dev.afterimage.follow;

import dev.afterimage.catalog.home.Node;
import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogChecks;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.catalog.log.LogSegment;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.copies.LogCopies;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.DamagedSegmentException;
import dev.afterimage.repository.log.Merged;
import dev.afterimage.repository.log.Segments;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Makes few segments of the many that a log gets: a second of commits needs an object of its own only until the repository has it. For one thread.
 *
 * <p>Crash order: the segment that was made is read back and compared before the catalog names it, and the ones whose place it took are deleted an hour
 * later at the earliest. Who dies before the catalog names it makes it once more, under the same name.
 */
@Component
class LogMerge {

    private static final Logger log = LoggerFactory.getLogger(LogMerge.class);

    /** What a segment has at most when others are added: it is read as a whole, and what it says of its commits is read to find one of them. */
    private static final long MOST_BYTES = 64L << 20;

    private static final long MOST_COMMITS = 20_000;

    /** The same of what it has when it is unpacked, which lies in the staging directory meanwhile. */
    private static final long MOST_PAGE_BYTES = 512L << 20;

    /** In one request to a bucket. */
    private static final int AT_ONCE = 1000;

    private final LogChains chains;
    private final LogSegments segments;
    private final LogRecords records;
    private final LogChecks checks;
    private final LogCuts cuts;
    private final Segments objects;
    private final LogCopies copies;
    private final Node node;
    private final Duration span;
    private final Clock clock;

    LogMerge(
            LogChains chains,
            LogSegments segments,
            LogRecords records,
            LogChecks checks,
            LogCuts cuts,
            Segments objects,
            LogCopies copies,
            Node node,
            FollowSettings settings,
            Clock clock) {
        this.chains = chains;
        this.segments = segments;
        this.records = records;
        this.checks = checks;
        this.cuts = cuts;
        this.objects = objects;
        this.copies = copies;
        this.node = node;
        this.span = settings.mergeTo();
        this.clock = clock;
    }

    /**
     * Deletes what was merged long enough ago, and merges what is old enough.
     *
     * @throws dev.afterimage.problem.ProblemException when the storage or the staging directory fails; the next time goes on
     */
    void merge(UUID databaseId) {
        if (span.isZero()) {
            return;
        }
        deleteReplaced(databaseId);
        for (var chain : chains.all(databaseId)) {
            for (var parts : due(chain)) {
                merge(databaseId, parts);
            }
        }
    }

    /** Other processes may have listed them before, and read them still; who replays the log here is asked. */
    private void deleteReplaced(UUID databaseId) {
        var merged = segments.mergedUntil(databaseId, clock.instant().minus(span));
        if (merged.isEmpty() || objects.isRead(databaseId)) {
            return;
        }
        var there = objects.all(databaseId);
        for (var segment : merged) {
            var stored = Moments.stored(segment);
            if (there.contains(stored)) {
                delete(
                        databaseId,
                        there.stream()
                                .map(Segments.Stored::name)
                                .filter(stored.name()::replaces)
                                .toList());
                segments.isAlone(segment);
            }
        }
    }

    private void delete(UUID databaseId, List<SegmentName> replaced) {
        for (int from = 0; from < replaced.size(); from += AT_ONCE) {
            objects.delete(databaseId, replaced.subList(from, Math.min(from + AT_ONCE, replaced.size())));
        }
    }

    private List<List<LogSegment>> due(LogChain chain) {
        var over = Instant.ofEpochMilli(number(clock.instant()) * span.toMillis());
        var all = segments.begunBefore(chain.databaseId(), chain.id(), over);
        if (!isAnyOfOneSpan(all)) {
            return List.of(); // and nothing is asked of the storage
        }
        var groups = groups(all, Set.copyOf(checks.withFindings(chain.databaseId())));
        return groups.stream().filter(group -> group.size() > 1).toList();
    }

    private boolean isAnyOfOneSpan(List<LogSegment> all) {
        return IntStream.range(1, all.size())
                .anyMatch(i ->
                        number(all.get(i - 1).firstAt()) == number(all.get(i).firstAt()));
    }

    /** Of the span that a time lies in. */
    private long number(Instant time) {
        return Math.floorDiv(time.toEpochMilli(), span.toMillis());
    }

    private List<List<LogSegment>> groups(List<LogSegment> all, Set<LogChecks.Place> suspects) {
        int pageSize = objects.describe(all.getFirst().databaseId(), Moments.stored(all.getFirst()))
                .pageSize();
        var groups = new ArrayList<List<LogSegment>>();
        var group = new ArrayList<LogSegment>();
        for (var segment : all) {
            boolean isSuspect = suspects.contains(place(segment));
            if (isSuspect || !goesOn(group, segment, pageSize)) {
                groups.add(List.copyOf(group));
                group.clear();
            }
            if (!isSuspect) {
                group.add(segment);
            }
        }
        groups.add(group);
        return groups;
    }

    private boolean goesOn(List<LogSegment> group, LogSegment next, int pageSize) {
        return group.isEmpty()
                || (next.firstCommit() == group.getLast().lastCommit() + 1
                        && number(next.firstAt()) == number(group.getFirst().firstAt())
                        && next.lastCommit() - group.getFirst().firstCommit() < MOST_COMMITS
                        && bytes(group) + next.bytes() <= MOST_BYTES
                        && (pages(group) + next.pages()) * pageSize <= MOST_PAGE_BYTES);
    }

    private static long bytes(List<LogSegment> group) {
        return group.stream().mapToLong(LogSegment::bytes).sum();
    }

    private static long pages(List<LogSegment> group) {
        return group.stream().mapToLong(LogSegment::pages).sum();
    }

    private static LogChecks.Place place(LogSegment segment) {
        return new LogChecks.Place(segment.chain(), segment.firstCommit(), segment.lastCommit());
    }

    private void merge(UUID databaseId, List<LogSegment> parts) {
        try {
            var merged =
                    Merged.of(databaseId, parts.stream().map(Moments::stored).toList(), objects, node.staging());
            records.add(merged);
            copies.put(databaseId, merged.segment().name(), merged.bytes());
            log.info(
                    "Merged {} segments of the log of database {}, {} bytes, to one of {} bytes",
                    parts.size(),
                    databaseId,
                    bytes(parts),
                    merged.bytes());
        } catch (DamagedSegmentException e) {
            isDamaged(databaseId, e);
        }
    }

    /** The next check of the repository looks at it and tells, and until it is mended it is left out here. */
    private void isDamaged(UUID databaseId, DamagedSegmentException e) {
        var name = e.segment();
        var before = cuts.of(databaseId).get(name.chain());
        if (before == null || name.firstCommit() >= before) {
            log.warn("The log of database {} is not merged there: {}", databaseId, e.getMessage());
            checks.found(
                    databaseId,
                    new LogChecks.Place(name.chain(), name.firstCommit(), name.lastCommit()),
                    e.getMessage());
        }
    }
}
