package dev.afterimage.retention;

import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.sqlite.PageProgress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Compacts the layers of databases after snapshots went, of each at most once a day: what a day brings is then written anew once. */
@Component
class DailyCompaction {

    private static final Logger log = LoggerFactory.getLogger(DailyCompaction.class);

    private static final Duration PERIOD = Duration.ofDays(1);

    private final Repository repository;
    private final Reclaim reclaim;
    private final Clock clock;

    /** Lost with the process: then it is looked once more than needed. */
    private final Map<UUID, Instant> last = new ConcurrentHashMap<>();

    DailyCompaction(Repository repository, Reclaim reclaim, Clock clock) {
        this.repository = repository;
        this.reclaim = reclaim;
        this.clock = clock;
    }

    /** Whether a day has passed. */
    boolean isDue(UUID databaseId) {
        var before = last.get(databaseId);
        var now = clock.instant();
        return before == null || now.isBefore(before) || !now.isBefore(before.plus(PERIOD));
    }

    /**
     * Compacts, and frees what was replaced. A database with a layer that is damaged or cannot be read is left as it is: checks tell.
     *
     * @param progress told of pages; may throw to stop
     * @return bytes less that snapshots need
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage cannot be written
     */
    long run(UUID databaseId, PageProgress progress) {
        try {
            var compacted = repository.compact(databaseId, progress);
            last.put(databaseId, clock.instant());
            if (compacted.bytesReplaced() > 0) {
                reclaim.markUnnamed(databaseId);
                reclaim.settle(databaseId, repository.grace());
            }
            return compacted.bytesReplaced() - compacted.bytesWritten();
        } catch (UnusableSnapshotException e) {
            log.warn("The layers of database {} are not compacted: {}", databaseId, e.getMessage());
            return 0;
        }
    }
}
