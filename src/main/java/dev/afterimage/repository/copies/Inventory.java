package dev.afterimage.repository.copies;

import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.objects.Usage;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Storage;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** What a place has of each database, by one list of each kind of object, however many databases there are. */
final class Inventory {

    /** What it has of one: layers with their bytes, and of compactions the first layers. */
    record OfDatabase(Set<UUID> snapshots, Map<UUID, Long> layers, Set<UUID> compactions) {

        OfDatabase() {
            this(new HashSet<>(), new ConcurrentHashMap<>(), new HashSet<>());
        }

        /** By lists of its own. */
        static OfDatabase of(Storage place, UUID databaseId) {
            return new OfDatabase(
                    snapshots(place, databaseId), layers(place, databaseId), compactions(place, databaseId));
        }

        static Set<UUID> snapshots(Storage place, UUID databaseId) {
            var snapshots = new HashSet<UUID>();
            place.list(ObjectKeys.manifests(databaseId))
                    .forEach(object ->
                            ObjectKeys.snapshotId(databaseId, object.key()).ifPresent(snapshots::add));
            return snapshots;
        }

        static Map<UUID, Long> layers(Storage place, UUID databaseId) {
            var layers = new ConcurrentHashMap<UUID, Long>();
            place.list(ObjectKeys.layers(databaseId))
                    .forEach(object -> ObjectKeys.layerId(databaseId, object.key())
                            .ifPresent(id -> layers.put(id, object.bytes())));
            return layers;
        }

        static Set<UUID> compactions(Storage place, UUID databaseId) {
            var compactions = new HashSet<UUID>();
            place.list(ObjectKeys.compactions(databaseId))
                    .forEach(object ->
                            ObjectKeys.compacted(databaseId, object.key()).ifPresent(compactions::add));
            return compactions;
        }
    }

    private final Map<UUID, OfDatabase> databases = new HashMap<>();
    private Usage usage = new Usage(0, 0);

    /** @throws dev.afterimage.storage.StorageException when it cannot be listed */
    Inventory(Storage place) {
        for (var object : list(place, ObjectKeys.MANIFESTS)) {
            ObjectKeys.databaseId(ObjectKeys.MANIFESTS, object.key())
                    .ifPresent(id -> ObjectKeys.snapshotId(id, object.key()).ifPresent(of(id).snapshots::add));
        }
        for (var object : list(place, ObjectKeys.LAYERS)) {
            ObjectKeys.databaseId(ObjectKeys.LAYERS, object.key())
                    .ifPresent(id -> ObjectKeys.layerId(id, object.key())
                            .ifPresent(layer -> of(id).layers.put(layer, object.bytes())));
        }
        for (var object : list(place, ObjectKeys.COMPACTIONS)) {
            ObjectKeys.databaseId(ObjectKeys.COMPACTIONS, object.key())
                    .ifPresent(id -> ObjectKeys.compacted(id, object.key()).ifPresent(of(id).compactions::add));
        }
    }

    private List<ObjectInfo> list(Storage place, String folder) {
        var objects = place.list(folder);
        usage = usage.plus(Usage.of(objects));
        return objects;
    }

    /** Of which it has anything. */
    Set<UUID> databases() {
        return new TreeSet<>(databases.keySet());
    }

    /** Nothing where it has nothing. */
    OfDatabase of(UUID databaseId) {
        return databases.computeIfAbsent(databaseId, _ -> new OfDatabase());
    }

    /** Keys and copies of catalogs apart. */
    Usage usage() {
        return usage;
    }
}
