package dev.afterimage.retention;

import dev.afterimage.catalog.snapshots.UnneededLayers.Mark;
import dev.afterimage.repository.Repository;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Looks for what crashes left in the repository, and frees it. */
@Component
class Sweep {

    private final Repository repository;
    private final Reclaim reclaim;

    Sweep(Repository repository, Reclaim reclaim) {
        this.repository = repository;
        this.reclaim = reclaim;
    }

    /**
     * What a sweep found.
     *
     * @param bytes of layers that no manifest names, and of which that was not known before
     * @param skipped databases of which a manifest cannot be read, or is not there although its snapshot is recorded, or that have none at all: their
     *     layers are left
     */
    record Swept(long bytes, List<UUID> skipped) {}

    /**
     * Of all databases.
     *
     * @param grace of layers that are deleted; null for the repository's
     * @throws dev.afterimage.storage.StorageException.Unreachable if the storage cannot be read or written
     */
    Swept all(@Nullable Duration grace) {
        repository.removeLeftovers();
        return of(repository.databasesWithLayers(), grace);
    }

    Swept of(Collection<UUID> databaseIds, @Nullable Duration grace) {
        long bytes = 0;
        var skipped = new ArrayList<UUID>();
        for (var databaseId : databaseIds) {
            var marked = reclaim.markUnnamed(databaseId);
            if (marked.isEmpty()) {
                skipped.add(databaseId);
            } else {
                bytes += marked.get().stream().mapToLong(Mark::bytes).sum();
            }
            reclaim.settle(databaseId, grace == null ? repository.grace() : grace);
        }
        return new Swept(bytes, skipped);
    }
}
