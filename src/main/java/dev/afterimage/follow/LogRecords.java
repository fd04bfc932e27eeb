package dev.afterimage.follow;

import dev.afterimage.catalog.log.LogActivity;
import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogSegment;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.DamagedSegmentException;
import dev.afterimage.repository.log.Merged;
import dev.afterimage.repository.log.Segment;
import dev.afterimage.repository.log.Segments;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Gives the catalog what it has not got of the logs in the repository, such as after it was lost. */
@Component
public class LogRecords {

    private static final Logger log = LoggerFactory.getLogger(LogRecords.class);

    /** Of a chain of which nobody knows what was wanted; whoever follows the database again says it anew. */
    private static final Duration WINDOW = Duration.ofDays(7);

    private final Segments objects;
    private final LogSegments segments;
    private final LogChains chains;
    private final Clock clock;

    public LogRecords(Segments objects, LogSegments segments, LogChains chains, Clock clock) {
        this.clock = clock;
        this.objects = objects;
        this.segments = segments;
        this.chains = chains;
    }

    /**
     * Records the segments of a database that have no row. One listing, and of each of those its first bytes; all of it where it takes the place of
     * others that are still there, and where it is damaged, these are recorded. A row whose segment is not there gives way to others that have its commits.
     *
     * @return how many those were
     * @throws dev.afterimage.storage.StorageException when the storage cannot be read; what was recorded stays
     */
    public int complete(UUID databaseId) {
        int added = 0;
        var rows = segments.all(databaseId); // before the list: what a row names is there before it
        var all = objects.all(databaseId); // what has all of another comes before it
        removeLost(rows, all.stream().map(Segments.Stored::name).toList());
        for (int i = 0; i < all.size(); i++) {
            var name = all.get(i).name();
            boolean isAlone =
                    i + 1 == all.size() || !name.replaces(all.get(i + 1).name());
            if (!segments.has(databaseId, name.chain(), name.firstCommit(), name.lastCommit())
                    && record(databaseId, all.get(i), isAlone)) {
                added++;
            }
        }
        return added;
    }

    private void removeLost(List<LogSegment> rows, List<SegmentName> there) {
        var known = Set.copyOf(there);
        var lost = rows.stream()
                .filter(row -> !known.contains(Moments.stored(row).name()))
                .filter(row -> SegmentName.cover(there, Moments.stored(row).name()))
                .toList();
        segments.remove(lost);
    }

    /** A segment that cannot be read leaves a hole, as it does in the log. */
    private boolean record(UUID databaseId, Segments.Stored stored, boolean isAlone) {
        try {
            // what took the place of others has to be whole, or these could be deleted for nothing
            var segment = isAlone ? objects.describe(databaseId, stored) : objects.prove(databaseId, stored);
            var row = row(segment, stored.bytes());
            addChain(segment, row);
            segments.add(row, activity(segment, row), isAlone ? null : clock.instant());
            chains.seenUntil(segment.chain(), row.lastAt());
            return true;
        } catch (DamagedSegmentException e) {
            log.warn("A segment is not recorded: {}", e.getMessage());
            return false;
        }
    }

    /** Records a segment that was just stored. */
    void add(Segment segment, long bytes) {
        var row = row(segment, bytes);
        segments.add(row, activity(segment, row), null);
    }

    /** Records one that took the place of others, which are still there. */
    void add(Merged merged) {
        var row = row(merged.segment(), merged.bytes());
        segments.add(row, activity(merged.segment(), row), clock.instant());
    }

    private static LogSegment row(Segment segment, long bytes) {
        var commits = segment.commits();
        return new LogSegment(
                segment.databaseId(),
                segment.chain(),
                segment.firstCommit(),
                segment.lastCommit(),
                commits.getFirst().takenAt(),
                commits.getLast().takenAt(),
                segment.frames(),
                segment.pageSize(),
                bytes,
                schemaChanges(commits));
    }

    private static int schemaChanges(List<Segment.Commit> commits) {
        return (int) commits.stream().filter(Segment.Commit::schemaChanged).count();
    }

    private static List<LogActivity> activity(Segment segment, LogSegment row) {
        if (!row.isLong()) {
            return List.of();
        }
        return segment.commits().stream()
                .collect(Collectors.groupingBy(
                        commit -> commit.takenAt().toEpochMilli() / LogSegment.PIECE.toMillis(),
                        TreeMap::new,
                        Collectors.toList()))
                .values()
                .stream()
                .map(commits -> activity(commits, row))
                .toList();
    }

    private static LogActivity activity(List<Segment.Commit> commits, LogSegment row) {
        long pages = commits.stream().mapToLong(Segment.Commit::frames).sum();
        return new LogActivity(
                commits.getFirst().takenAt(),
                commits.size(),
                pages,
                row.bytes() * pages / Math.max(1, row.pages()),
                schemaChanges(commits));
    }

    private void addChain(Segment segment, LogSegment row) {
        var continuity = switch (segment.continuity()) {
            case CONTINUED, BEGUN -> LogChain.Continuity.BEGUN;
            case GAP -> LogChain.Continuity.GAP;
            case FORK -> LogChain.Continuity.FORK;
        };
        chains.add(new LogChain(
                segment.chain(),
                segment.databaseId(),
                segment.firstCommit(),
                continuity,
                WINDOW,
                row.firstAt(),
                row.lastAt(),
                null,
                0));
    }
}
