package dev.afterimage.retention;

import dev.afterimage.catalog.databases.RemovedDatabases;
import dev.afterimage.catalog.log.LogChains;
import dev.afterimage.catalog.log.LogCuts;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.Segments;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Deletes the logs of removed databases with their last snapshots: without one a log cannot be replayed. */
@Component
class RemovedLogs {

    private final RemovedDatabases removed;
    private final LogCuts cuts;
    private final LogChains chains;
    private final Repository repository;

    RemovedLogs(RemovedDatabases removed, LogCuts cuts, LogChains chains, Repository repository) {
        this.chains = chains;
        this.removed = removed;
        this.cuts = cuts;
        this.repository = repository;
    }

    /**
     * Costs one list of folders where there is nothing to do, or none.
     *
     * @return how many segments were deleted
     * @throws dev.afterimage.storage.StorageException when the storage fails; what is left is deleted the next time
     */
    int delete() {
        var databases = removed.withoutSnapshots();
        if (databases.isEmpty()) {
            return 0;
        }
        var segments = new Segments(repository.vault());
        return segments.databases().stream()
                .filter(databases::contains)
                .mapToInt(id -> delete(id, segments))
                .sum();
    }

    /** Dying between the two leaves segments that nobody needs, which the next time finds. */
    private int delete(UUID databaseId, Segments segments) {
        var names = segments.all(databaseId).stream().map(Segments.Stored::name).toList();
        names.stream()
                .collect(Collectors.toMap(SegmentName::chain, SegmentName::lastCommit, Math::max))
                .forEach((chain, last) -> cuts.cut(databaseId, chain, last + 1));
        chains.all(databaseId).forEach(chain -> cuts.cut(databaseId, chain.id(), Long.MAX_VALUE));
        segments.delete(databaseId, names);
        return names.size();
    }
}
