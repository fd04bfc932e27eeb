package dev.afterimage.check;

import dev.afterimage.catalog.snapshots.Snapshots;
import dev.afterimage.repository.Repository;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.SnapshotUnreadableException;
import dev.afterimage.repository.objects.Layers;
import java.util.Comparator;
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

    /**
     * What was found out about the manifests of a database.
     *
     * @param damaged by snapshot, what is wrong with its manifest: it is not what was written, or it is gone
     * @param unreadable by snapshot, why its manifest cannot be read
     */
    record Looked(Map<UUID, String> damaged, Map<UUID, SnapshotUnreadableException> unreadable) {}

    Looked lookAt(UUID databaseId) {
        var looked = new Looked(new LinkedHashMap<>(), new LinkedHashMap<>());
        var stored = repository.snapshotIds(databaseId);
        for (var id : stored) {
            try {
                repository.find(databaseId, id); // nothing when it was deleted just now
            } catch (SnapshotDamagedException e) {
                looked.damaged.put(id, "manifest: " + e.found());
            } catch (SnapshotUnreadableException e) {
                looked.unreadable.put(id, e);
            }
        }
        for (var id : snapshots.ids(databaseId)) {
            if (!stored.contains(id) && isGone(databaseId, id)) {
                looked.damaged.put(id, "manifest: it is missing");
            }
        }
        return looked;
    }

    /** Asked in this order: a deletion marks the row before it deletes the manifest. */
    private boolean isGone(UUID databaseId, UUID id) {
        return repository.find(databaseId, id).isEmpty() && snapshots.find(id).isPresent();
    }

    /**
     * The layers of a database.
     *
     * @param named by manifests
     * @param there on the storage
     */
    record OfDatabase(Set<Layers.Named> named, Set<UUID> there) {

        boolean anyThere() {
            return named.stream().anyMatch(this::isThere);
        }

        private boolean isThere(Layers.Named layer) {
            return there.contains(layer.layer().id());
        }

        /** Those that manifests name and that are there. */
        List<Layers.Named> present() {
            return named.stream().filter(this::isThere).toList();
        }

        /** Those that manifests name and that are not there. */
        List<Layers.Named> missing() {
            return named.stream()
                    .filter(layer -> !isThere(layer))
                    .sorted(Comparator.comparing(layer -> layer.layer().id()))
                    .toList();
        }
    }

    /** Manifests are read first: a layer is there before its manifest, and goes after it. */
    OfDatabase layers(UUID databaseId) {
        var named = repository.namedLayers(databaseId);
        var there =
                repository.layers(databaseId).stream().map(Layers.Stored::id).collect(Collectors.toSet());
        return new OfDatabase(named, there);
    }
}
