package dev.afterimage.retention;

import dev.afterimage.repository.format.Manifest;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * What each snapshot of a database needs in the repository. They share layers, so several need less than the sum of what each
 * needs.
 */
final class StoredObjects {

    /** Nothing is known; all needs nothing. */
    static final StoredObjects UNKNOWN = new StoredObjects(Map.of());

    /** Bytes of objects by their names, by snapshot. */
    private final Map<UUID, Map<String, Long>> objects;

    StoredObjects(Map<UUID, Map<String, Long>> objects) {
        this.objects = objects;
    }

    static StoredObjects of(List<Manifest> manifests) {
        return new StoredObjects(manifests.stream().collect(Collectors.toMap(Manifest::id, StoredObjects::objectsOf)));
    }

    private static Map<String, Long> objectsOf(Manifest manifest) {
        var objects = new HashMap<String, Long>();
        manifest.layers().forEach(layer -> objects.put(layer.id().toString(), layer.bytes()));
        objects.put(manifest.id().toString(), manifest.ownBytes());
        return objects;
    }

    /** What these snapshots need together. */
    Need need(Collection<UUID> snapshotIds) {
        return new Need(snapshotIds);
    }

    /** What a number of snapshots need, while it becomes smaller. */
    final class Need {

        private final Map<String, Integer> uses = new HashMap<>();
        private long bytes;

        private Need(Collection<UUID> snapshotIds) {
            for (var id : snapshotIds) {
                objects.getOrDefault(id, Map.of()).forEach((name, size) -> {
                    if (uses.merge(name, 1, Integer::sum) == 1) {
                        bytes += size;
                    }
                });
            }
        }

        long bytes() {
            return bytes;
        }

        void remove(UUID snapshotId) {
            objects.getOrDefault(snapshotId, Map.of()).forEach((name, size) -> {
                if (uses.merge(name, -1, Integer::sum) == 0) {
                    bytes -= size;
                }
            });
        }
    }
}
