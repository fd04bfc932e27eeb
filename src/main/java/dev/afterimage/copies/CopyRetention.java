package dev.afterimage.copies;

import dev.afterimage.catalog.snapshots.CopiedSnapshots;
import dev.afterimage.catalog.snapshots.UnneededLayersOfCopies;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.copies.RepositoryCopy;
import dev.afterimage.repository.objects.Compactions;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.Manifests;
import dev.afterimage.repository.objects.UnnamedLayers;
import dev.afterimage.repository.read.LayersInUse;
import dev.afterimage.sqlite.PageProgress;
import java.time.Clock;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/**
 * Deletes from a copy what was deleted from the repository: the snapshots of which the catalog knows that, and nothing else that a list lacks; then
 * the layers that no manifest there names, when they have been marked for the grace.
 */
@Component
public class CopyRetention {

    private final CopiedSnapshots known;
    private final UnneededLayersOfCopies unneeded;
    private final Repository repository;
    private final Clock clock;

    public CopyRetention(CopiedSnapshots known, UnneededLayersOfCopies unneeded, Repository repository, Clock clock) {
        this.known = known;
        this.unneeded = unneeded;
        this.repository = repository;
        this.clock = clock;
    }

    /**
     * Deletes what is due.
     *
     * @return how many snapshots
     * @throws dev.afterimage.storage.StorageException when the storage fails; what is left is deleted by the next run
     */
    long run(Copies.Copy copy, PageProgress progress) {
        copy.storage().removeLeftovers();
        var objects = new RepositoryCopy(repository.vault(), copy.storage());
        objects.deleteKeys();
        objects.deleteCatalogs();
        var databases = objects.databasesThere();
        var deleting = progress.phase("DELETING", 0);
        long deleted = 0;
        for (int i = 0; i < databases.size(); i++) {
            deleting.pages(i, databases.size());
            deleted += run(copy, databases.get(i));
        }
        return deleted;
    }

    private long run(Copies.Copy copy, UUID databaseId) {
        // The keys are the same, so what opens the repository opens the copy.
        var vault = repository.vault().at(copy.storage());
        var compactions = new Compactions(vault);
        var manifests = new Manifests(vault, compactions);
        var layers = new Layers(vault, repository.grace());
        var unnamed = new UnnamedLayers(
                manifests, compactions, id -> known.present(copy.name(), id), layers, new LayersInUse());
        var deleted = known.deleted(copy.name(), databaseId);
        if (!deleted.isEmpty()) {
            var going = manifests.list(databaseId).readable().stream()
                    .filter(manifest -> deleted.contains(manifest.id()))
                    .toList();
            // Dying behind this leaves marks of layers that are needed, which settling takes away.
            unneeded.mark(
                    copy.name(),
                    databaseId,
                    going.stream()
                            .flatMap(manifest -> manifest.layers().stream())
                            .map(layer -> layer.id())
                            .collect(Collectors.toSet()));
            manifests.delete(databaseId, deleted);
            known.forget(copy.name(), databaseId, deleted);
        }
        unnamed.find(databaseId)
                .ifPresent(found -> unneeded.mark(
                        copy.name(),
                        databaseId,
                        found.stream().map(Layers.Stored::id).toList()));
        var now = clock.instant();
        var marked = unneeded.marked(copy.name(), databaseId, now);
        if (!marked.isEmpty()) {
            var due = unneeded.marked(copy.name(), databaseId, now.minus(repository.grace()));
            unnamed.settle(databaseId, marked, due).ifPresent(settled -> {
                unneeded.unmark(copy.name(), databaseId, settled.deleted());
                unneeded.unmark(copy.name(), databaseId, settled.named());
            });
        }
        return deleted.size();
    }
}
