package dev.afterimage.check;

import dev.afterimage.catalog.Snapshots;
import dev.afterimage.repository.LayerRef;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.Repository.StoredLayer;
import dev.afterimage.repository.SnapshotDamagedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Compares manifests with what they and the catalog name. */
@Component
class StoredManifests {

    private final Repository repository;
    private final Snapshots snapshots;

    StoredManifests(Repository repository, Snapshots snapshots) {
        this.repository = repository;
        this.snapshots = snapshots;
    }

    /** What is wrong with manifests of a database, by snapshot: they cannot be read, or are gone. */
    Map<UUID, String> damaged(UUID databaseId) {
        var damaged = new LinkedHashMap<UUID, String>();
        var stored = repository.snapshotIds(databaseId);
        for (var id : stored) {
            try {
                repository.find(databaseId, id); // nothing when it was deleted just now
            } catch (SnapshotDamagedException e) {
                damaged.put(id, "manifest: " + e.found());
            }
        }
        for (var id : snapshots.ids(databaseId)) {
            if (!stored.contains(id) && isGone(databaseId, id)) {
                damaged.put(id, "manifest: it is missing");
            }
        }
        return damaged;
    }

    /** Asked in this order: a deletion marks the row before it deletes the manifest. */
    private boolean isGone(UUID databaseId, UUID id) {
        return repository.find(databaseId, id).isEmpty() && snapshots.find(id).isPresent();
    }

    /**
     * The layers of a database by their ids.
     *
     * @param named by manifests
     * @param there on the storage
     */
    record Layers(UUID databaseId, Set<String> named, Set<String> there) {

        boolean anyThere() {
            return named.stream().anyMatch(there::contains);
        }

        /** Those that manifests name and that are not there. */
        List<StoredLayer> missing() {
            return named.stream()
                    .filter(id -> !there.contains(id))
                    .sorted()
                    .map(id -> new StoredLayer(databaseId, id, 0))
                    .toList();
        }
    }

    /** Manifests are read first: a layer is there before its manifest, and goes after it. */
    Layers layers(UUID databaseId) {
        var named = repository.list(databaseId).readable().stream()
                .flatMap(manifest -> manifest.layers().stream())
                .map(LayerRef::id)
                .collect(Collectors.toSet());
        var there = repository.layers(databaseId).stream().map(StoredLayer::id).collect(Collectors.toSet());
        return new Layers(databaseId, named, there);
    }
}
