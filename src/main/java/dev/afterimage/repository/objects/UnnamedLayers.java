package dev.afterimage.repository.objects;

import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Layers that no manifest names: deleted, unless a snapshot that is being written, or whose manifest was not found, may need them. */
public final class UnnamedLayers {

    private final Manifests manifests;
    private final Function<UUID, Set<UUID>> recorded;
    private final Layers layers;
    private final LayersInUse inUse;
    private final Duration grace;
    private final Clock clock;

    public UnnamedLayers(
            Manifests manifests,
            Function<UUID, Set<UUID>> recorded,
            Layers layers,
            LayersInUse inUse,
            Duration grace,
            Clock clock) {
        this.manifests = manifests;
        this.recorded = recorded;
        this.layers = layers;
        this.inUse = inUse;
        this.grace = grace;
        this.clock = clock;
    }

    /**
     * Deletes those of the layers that no manifest names, however young; none when not all manifests are known.
     *
     * @return their bytes
     */
    public long delete(UUID databaseId, Collection<String> layerIds) {
        var expected = recorded.apply(databaseId);
        var listing = manifests.list(databaseId);
        if (!isWhole(listing, expected)) {
            return 0;
        }
        var named = named(listing);
        return layerIds.stream()
                .distinct()
                .filter(id -> isUnneeded(databaseId, id, named))
                .mapToLong(id -> layers.delete(databaseId, id))
                .sum();
    }

    /** Deletes those of a database that are older than the grace; see {@link Repository#sweep}. */
    public Sweep sweep(UUID databaseId) {
        var stored = layers.list(databaseId);
        var expected = recorded.apply(databaseId); // first, since what is recorded meanwhile has its manifest
        var listing = manifests.list(databaseId);
        if (!manifests.hasFolder(databaseId) || !isWhole(listing, expected)) {
            return Sweep.skipping(databaseId);
        }
        var named = named(listing);
        var youngest = clock.instant().minus(grace);
        var swept = Sweep.NOTHING;
        for (var layer : stored) {
            if (isUnneeded(databaseId, layer.id(), named)) {
                swept = swept.plus(sweep(databaseId, layer, youngest));
            }
        }
        return swept;
    }

    private Sweep sweep(UUID databaseId, Layers.Stored layer, Instant youngest) {
        if (layer.object().lastModified().isAfter(youngest)) {
            return new Sweep(0, 0, 1, List.of());
        }
        layers.delete(databaseId, layer.id());
        return new Sweep(1, layer.object().bytes(), 0, List.of());
    }

    private static boolean isWhole(ManifestListing listing, Set<UUID> expected) {
        return listing.unreadable().isEmpty()
                && listing.readable().stream()
                        .map(Manifest::id)
                        .collect(Collectors.toSet())
                        .containsAll(expected);
    }

    private static Set<String> named(ManifestListing listing) {
        return listing.readable().stream()
                .flatMap(manifest -> manifest.layers().stream())
                .map(LayerRef::id)
                .collect(Collectors.toSet());
    }

    private boolean isUnneeded(UUID databaseId, String layerId, Set<String> named) {
        return !named.contains(layerId) && !inUse.contains(databaseId, layerId);
    }
}
