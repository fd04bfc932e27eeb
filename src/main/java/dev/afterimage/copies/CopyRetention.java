package dev.afterimage.copies;

import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.catalog.snapshots.UnneededLayersOfCopies;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.objects.Compactions;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.Manifests;
import dev.afterimage.repository.objects.UnnamedLayers;
import dev.afterimage.repository.read.LayersInUse;
import dev.afterimage.retention.RetentionPlans;
import java.time.Clock;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Deletes from a copy what was deleted from the repository, or what a policy of its own lets go: the snapshots of which the catalog knows that,
 * and nothing else that a list lacks; then the layers that no manifest there names, when they have been marked for the grace.
 */
@Component
public class CopyRetention {

    private final CopiedSnapshots known;
    private final UnneededLayersOfCopies unneeded;
    private final RetentionPlans plans;
    private final Repository repository;
    private final Clock clock;

    public CopyRetention(
            CopiedSnapshots known,
            UnneededLayersOfCopies unneeded,
            RetentionPlans plans,
            Repository repository,
            Clock clock) {
        this.known = known;
        this.unneeded = unneeded;
        this.plans = plans;
        this.repository = repository;
        this.clock = clock;
    }

    /**
     * Decides which snapshots go from a copy, or do not come there.
     *
     * @param databaseIds to look at where the copy has a policy of its own
     */
    void decide(Copies.Copy copy, Collection<UUID> databaseIds) {
        var keep = copy.keep();
        if (!copy.delete()) {
            known.keepAll(copy.name());
        } else if (keep == null) {
            known.follow(copy.name());
        } else {
            for (var id : databaseIds) {
                known.drop(copy.name(), id, plans.going(id, keep, known.gone(copy.name(), id)));
            }
        }
    }

    /** What opens the repository opens the copy. */
    private Manifests manifests(Copies.Copy copy) {
        var vault = repository.vault().at(copy.storage());
        return new Manifests(vault, new Compactions(vault));
    }

    /**
     * Deletes the snapshots that are to go. What only they needed is marked.
     *
     * @return how many
     * @throws dev.afterimage.storage.StorageException when the storage fails; what is left is deleted by the next run
     */
    long deleteSnapshots(Copies.Copy copy) {
        long deleted = 0;
        for (var databaseId : known.databasesToDeleteFrom(copy.name())) {
            var going = known.toDelete(copy.name(), databaseId);
            var manifests = manifests(copy);
            // Dying behind this leaves marks of layers that are needed, which settling takes away.
            unneeded.mark(copy.name(), databaseId, layers(manifests, databaseId, going));
            manifests.delete(databaseId, going);
            known.deleted(copy.name(), databaseId, going);
            deleted += going.size();
        }
        return deleted;
    }

    private static Set<UUID> layers(Manifests manifests, UUID databaseId, Set<UUID> snapshotIds) {
        return snapshotIds.stream()
                .flatMap(id -> readable(manifests, databaseId, id).stream())
                .flatMap(manifest -> manifest.layers().stream())
                .map(LayerRef::id)
                .collect(Collectors.toSet());
    }

    private static Optional<Manifest> readable(Manifests manifests, UUID databaseId, UUID snapshotId) {
        try {
            return manifests.find(databaseId, snapshotId);
        } catch (UnusableSnapshotException e) {
            return Optional.empty(); // which layers it names is not known; who lists all finds them
        }
    }

    /** What freed room. */
    record Freed(int objects, long bytes) {}

    /**
     * Marks the layers of databases that no manifest of the copy names, and deletes those for which that is long enough so.
     *
     * @param there the layers that the copy has, by database, with their bytes
     * @throws dev.afterimage.storage.StorageException when the storage fails
     */
    Freed reclaim(Copies.Copy copy, Collection<UUID> databaseIds, Map<UUID, Map<UUID, Long>> there) {
        var databases = new HashSet<>(databaseIds);
        databases.addAll(unneeded.databases(copy.name()));
        int objects = 0;
        long bytes = 0;
        for (var databaseId : databases) {
            var sizes = there.getOrDefault(databaseId, Map.of());
            for (var layer : reclaim(copy, databaseId)) {
                objects++;
                bytes += Objects.requireNonNullElse(sizes.get(layer), 0L);
            }
        }
        return new Freed(objects, bytes);
    }

    private Set<UUID> reclaim(Copies.Copy copy, UUID databaseId) {
        var vault = repository.vault().at(copy.storage());
        var compactions = new Compactions(vault);
        var unnamed = new UnnamedLayers(
                new Manifests(vault, compactions),
                compactions,
                id -> known.present(copy.name(), id),
                new Layers(vault, repository.grace()),
                new LayersInUse());
        unnamed.find(databaseId)
                .ifPresent(found -> unneeded.mark(
                        copy.name(),
                        databaseId,
                        found.stream().map(Layers.Stored::id).toList()));
        var now = clock.instant();
        var marked = unneeded.marked(copy.name(), databaseId, now);
        if (marked.isEmpty()) {
            return Set.of();
        }
        var due = unneeded.marked(copy.name(), databaseId, now.minus(repository.grace()));
        var settled = unnamed.settle(databaseId, marked, due);
        settled.ifPresent(of -> {
            unneeded.unmark(copy.name(), databaseId, of.deleted());
            unneeded.unmark(copy.name(), databaseId, of.named());
        });
        return settled.map(UnnamedLayers.Settled::deleted).orElse(Set.of());
    }
}
