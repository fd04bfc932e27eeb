package dev.afterimage.repository.objects;

import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.read.LayersInUse;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Layers that no manifest names. They are told only where all manifests are known: a list may be short, and a manifest can be put back. */
public final class UnnamedLayers {

    private final Manifests manifests;
    private final Function<UUID, Set<UUID>> recorded;
    private final Compactions compactions;
    private final Layers layers;
    private final LayersInUse inUse;

    /** @param recorded the snapshots of a database that must have manifests */
    public UnnamedLayers(
            Manifests manifests,
            Compactions compactions,
            Function<UUID, Set<UUID>> recorded,
            Layers layers,
            LayersInUse inUse) {
        this.manifests = manifests;
        this.compactions = compactions;
        this.recorded = recorded;
        this.layers = layers;
        this.inUse = inUse;
    }

    /**
     * Those of a database that are there, and that nobody here uses. Nothing when a manifest cannot be read, is not there although its snapshot is
     * recorded, or when there is none at all: rather are they elsewhere than all of the layers left over.
     */
    public Optional<List<Layers.Stored>> find(UUID databaseId) {
        var stored =
                layers.list(databaseId); // first: what is put later is not among them, and so not taken for unnamed
        var used = inUse.of(databaseId); // before manifests are listed: whose use has ended has put its manifest
        var there = ids(stored);
        return listing(databaseId, there)
                .map(listing -> named(listing, there))
                .filter(named -> !named.isEmpty())
                .map(named -> stored.stream()
                        .filter(layer -> !named.contains(layer.id()) && !used.contains(layer.id()))
                        .toList());
    }

    /**
     * What became of layers that seemed to be needed no more.
     *
     * @param deleted are gone
     * @param named are needed after all
     */
    public record Settled(Set<UUID> deleted, Set<UUID> named) {}

    /**
     * Looks once more whether layers are needed, and deletes those that are due, unless somebody here uses them; and compactions that no manifest needs.
     *
     * @param marked that no manifest named when it was looked for them the last time
     * @param due those of them of which that is so long ago that nobody elsewhere can be about to name or read them
     * @return nothing when not all manifests are known; then nothing is deleted
     * @throws dev.afterimage.storage.StorageException.Unreachable when the storage cannot be read, or some cannot be deleted
     */
    public Optional<Settled> settle(UUID databaseId, Collection<UUID> marked, Collection<UUID> due) {
        var stored = ids(layers.list(databaseId)); // first: who names one of these later has found it there
        var used = inUse.of(databaseId); // before manifests are listed: whose use has ended has put its manifest
        return listing(databaseId, stored).map(listing -> {
            var named = named(listing, stored);
            var needed = marked.stream().filter(named::contains).collect(Collectors.toSet());
            var unneeded = due.stream()
                    .filter(id -> !named.contains(id) && !used.contains(id))
                    .collect(Collectors.toSet());
            layers.delete(databaseId, unneeded);
            compactions.delete(databaseId, listing.compactions().unneeded(listing.written(), stored));
            return new Settled(unneeded, needed);
        });
    }

    private static Set<UUID> ids(List<Layers.Stored> stored) {
        return stored.stream().map(Layers.Stored::id).collect(Collectors.toSet());
    }

    /** Nothing when not all are known. */
    private Optional<ManifestListing> listing(UUID databaseId, Set<UUID> stored) {
        var expected = recorded.apply(databaseId); // first, since what is recorded meanwhile has its manifest
        return Optional.of(manifests.list(databaseId))
                .filter(listing -> listing.whole(expected).isPresent())
                .filter(listing -> hasAllCompactions(databaseId, listing, stored));
    }

    /** One that a list left out makes the layers that it replaced look lost, and the one that took their place look unnamed. */
    private boolean hasAllCompactions(UUID databaseId, ManifestListing listing, Set<UUID> stored) {
        var firsts = listing.readable().stream()
                .map(manifest -> manifest.layers().stream().map(LayerRef::id).toList())
                .filter(ids -> !stored.containsAll(ids))
                .flatMap(List::stream)
                .collect(Collectors.toSet());
        return firsts.isEmpty()
                || compactions
                        .find(databaseId, firsts)
                        .byFirst()
                        .keySet()
                        .equals(listing.compactions().byFirst().keySet());
    }

    private static Set<UUID> named(ManifestListing listing, Set<UUID> stored) {
        var named = new HashSet<>(listing.layers());
        named.addAll(listing.compactions().standIns(stored));
        return named;
    }
}
