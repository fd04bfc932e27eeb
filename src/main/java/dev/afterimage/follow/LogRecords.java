package dev.afterimage.follow;

import dev.afterimage.catalog.log.LogChain;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogSegment;
import dev.afterimage.catalog.log.LogSegments;
import dev.afterimage.repository.log.DamagedSegmentException;
import dev.afterimage.repository.log.Segment;
import dev.afterimage.repository.log.Segments;
import java.time.Duration;
import java.util.UUID;
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

    public LogRecords(Segments objects, LogSegments segments, LogChains chains) {
        this.objects = objects;
        this.segments = segments;
        this.chains = chains;
    }

    /**
     * Records the segments of a database that have no row. One listing, and of each of those its first bytes.
     *
     * @return how many those were
     * @throws dev.afterimage.storage.StorageException when the storage cannot be read; what was recorded stays
     */
    public int complete(UUID databaseId) {
        int added = 0;
        for (var stored : objects.stored(databaseId)) {
            boolean isKnown = segments.find(
                            databaseId, stored.name().chain(), stored.name().firstCommit())
                    .isPresent();
            if (!isKnown && record(databaseId, stored)) {
                added++;
            }
        }
        return added;
    }

    /** A segment that cannot be read leaves a hole, as it does in the log. */
    private boolean record(UUID databaseId, Segments.Stored stored) {
        try {
            var segment = objects.describe(databaseId, stored);
            var row = Outbox.row(segment, stored.bytes());
            addChain(segment, row);
            segments.add(row);
            chains.seenUntil(segment.chain(), row.lastAt());
            return true;
        } catch (DamagedSegmentException e) {
            log.warn("A segment is not recorded: {}", e.getMessage());
            return false;
        }
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
