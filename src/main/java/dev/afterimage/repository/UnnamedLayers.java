package dev.afterimage.repository;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** Layers that no manifest names: deleted, unless a snapshot that is being written may need them. */
final class UnnamedLayers {

    private final Manifests manifests;
    private final Layers layers;
    private final LayersInUse inUse;
    private final Duration grace;
    private final Clock clock;

    UnnamedLayers(Manifests manifests, Layers layers, LayersInUse inUse, Duration grace, Clock clock) {
        this.manifests = manifests;
        this.layers = layers;
        this.inUse = inUse;
        this.grace = grace;
        this.clock = clock;
    }

    /**
     * Deletes those of the layers that no manifest names, however young; none when a manifest cannot be read.
     *
     * @return their bytes
     */
    long delete(UUID databaseId, Collection<String> layerIds) {
        var listing = manifests.list(databaseId);
        if (!listing.unreadable().isEmpty()) {
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
    Sweep sweep(UUID databaseId) {
        var stored = layers.list(databaseId);
        var listing = manifests.list(databaseId);
        if (!manifests.hasFolder(databaseId) || !listing.unreadable().isEmpty()) {
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
