package dev.afterimage.repository;

import dev.afterimage.storage.LocalStorage;
import dev.afterimage.storage.ObjectWriter;
import dev.afterimage.storage.StorageException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** The layers on a storage. */
final class Layers {

    private static final int READ_BYTES = 1 << 20;

    private final LocalStorage storage;

    Layers(LocalStorage storage) {
        this.storage = storage;
    }

    /**
     * Publishes a layer, unless it is there already, whole; one that is there but damaged is replaced, which mends the
     * snapshots that share it.
     *
     * @return bytes that are new on the storage
     */
    long publish(UUID databaseId, LayerRef layer, ObjectWriter object) {
        String key = ObjectKeys.layer(databaseId, layer.id());
        if (isWhole(key, layer)) {
            return 0;
        }
        object.publish(key);
        return layer.bytes();
    }

    private boolean isWhole(String key, LayerRef layer) {
        try (var object = storage.open(key)) {
            if (object.size() != layer.bytes()) {
                return false;
            }
            var sha256 = new Sha256();
            var buffer = ByteBuffer.allocateDirect(READ_BYTES);
            for (long position = 0; position < object.size(); position += buffer.limit()) {
                object.read(position, buffer.clear());
                sha256.update(buffer.flip());
            }
            return sha256.hex().equals(layer.id());
        } catch (StorageException.Missing e) {
            return false;
        }
    }

    /** Ids of a database's layers, as their names say. What has no layer's name is none, and is left alone. */
    List<String> list(UUID databaseId) {
        String prefix = ObjectKeys.layers(databaseId);
        return storage.list(prefix).stream()
                .map(object -> object.key().substring(prefix.length()))
                .filter(Sha256::isHex)
                .toList();
    }

    List<UUID> databases() {
        return storage.folders(ObjectKeys.LAYERS).stream()
                .flatMap(folder -> ObjectKeys.uuid(folder).stream())
                .toList();
    }

    void deleteUnless(UUID databaseId, List<String> layerIds, Set<String> named) {
        for (String id : layerIds) {
            if (!named.contains(id)) {
                storage.delete(ObjectKeys.layer(databaseId, id));
            }
        }
    }
}
