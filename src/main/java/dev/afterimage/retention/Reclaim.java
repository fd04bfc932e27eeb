package dev.afterimage.retention;

import dev.afterimage.catalog.snapshots.UnneededLayers;
import dev.afterimage.catalog.snapshots.UnneededLayers.Mark;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.objects.UnnamedLayers.Settled;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * Frees what no snapshot needs any more. A layer is marked in the catalog, and deleted when the mark is older than the grace, if then still no
 * manifest names it: another process may be reading it, or about to name it. Nothing is written to the storage for that, so that one that is full
 * can be emptied.
 */
@Component
class Reclaim {

    private final Repository repository;
    private final UnneededLayers unneeded;
    private final Clock clock;

    Reclaim(Repository repository, UnneededLayers unneeded, Clock clock) {
        this.repository = repository;
        this.unneeded = unneeded;
        this.clock = clock;
    }

    /**
     * Marks the layers of snapshots that are about to be deleted. Before their manifests go: dying in between leaves marks of layers that are
     * needed, which {@link #settle} takes away.
     *
     * @return those that were not marked before
     */
    Set<Mark> markLayersOf(UUID databaseId, Collection<Manifest> snapshots) {
        var now = clock.instant();
        return mark(
                databaseId,
                snapshots.stream()
                        .flatMap(snapshot -> snapshot.layers().stream())
                        .map(layer -> new Mark(layer.id(), layer.bytes(), now)));
    }

    /**
     * Marks the layers that are there and that no manifest names, such as crashes leave.
     *
     * @return those that were not marked before; nothing when not all manifests are known
     */
    Optional<Set<Mark>> markUnnamed(UUID databaseId) {
        var now = clock.instant();
        return repository
                .unnamedLayers(databaseId)
                .map(layers ->
                        mark(databaseId, layers.stream().map(layer -> new Mark(layer.id(), layer.bytes(), now))));
    }

    private Set<Mark> mark(UUID databaseId, Stream<Mark> marks) {
        var marked = ids(unneeded.of(databaseId));
        var added = marks.filter(mark -> !marked.contains(mark.layerId())).collect(Collectors.toSet());
        unneeded.mark(databaseId, added);
        return added;
    }

    /**
     * Looks at all marks of a database: takes those away whose layers are needed, and deletes the layers of those for which the grace is over.
     *
     * @param grace zero or more; a shorter one than the repository's may take layers from readers and writers of other processes
     * @return what became of them; nothing when not all manifests are known, so that nothing is deleted
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage fails; what is left is deleted later
     */
    Optional<Settled> settle(UUID databaseId, Duration grace) {
        var now = clock.instant();
        unneeded.correct(databaseId, now);
        var marks = unneeded.of(databaseId);
        if (marks.isEmpty()) {
            return Optional.of(new Settled(Set.of(), Set.of()));
        }
        var youngest = now.minus(grace);
        var due = marks.stream()
                .filter(mark -> !mark.markedAt().isAfter(youngest))
                .toList();
        var settled = repository.settle(databaseId, ids(marks), ids(due));
        settled.ifPresent(done -> {
            unneeded.unmark(databaseId, done.deleted());
            unneeded.unmark(databaseId, done.named());
        });
        return settled;
    }

    /** The same with the repository's grace, of all databases of which marks are due. */
    void settleDue() {
        var grace = repository.grace();
        var now = clock.instant();
        unneeded.databasesWithMarks(now.minus(grace), now).forEach(databaseId -> settle(databaseId, grace));
    }

    private static Set<UUID> ids(List<Mark> marks) {
        return marks.stream().map(Mark::layerId).collect(Collectors.toSet());
    }
}
