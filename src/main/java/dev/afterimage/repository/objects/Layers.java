package dev.afterimage.repository.objects;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.read.LayerReader;
import dev.afterimage.storage.LocalStorage;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.ObjectWriter;
import dev.afterimage.storage.StorageException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.function.LongConsumer;

/** The layers on a storage. */
public final class Layers {

    private static final int READ_BYTES = 1 << 20;

    private final LocalStorage storage;
    private final Clock clock;

    public Layers(LocalStorage storage, Clock clock) {
        this.storage = storage;
        this.clock = clock;
    }

    /**
     * Publishes a layer, unless it is there already, whole; one that is there but damaged or unreadable is replaced, which mends the
     * snapshots that share it. Either way it is as young as a new one afterwards.
     *
     * @return bytes that are new on the storage
     */
    public long publish(UUID databaseId, LayerRef layer, ObjectWriter object) {
        String key = ObjectKeys.layer(databaseId, layer.id());
        if (renewed(key) && isWhole(key, layer)) {
            return 0;
        }
        object.publish(key);
        return layer.bytes();
    }

    /**
     * Looks once more for a layer that a manifest is about to name: who has it open does not notice that it was taken away.
     *
     * @throws SnapshotDamagedException if it is not there under its name, or has another size
     */
    public void requireThere(UUID databaseId, LayerReader layer) {
        try {
            long bytes = storage.size(ObjectKeys.layer(databaseId, layer.layer().id()));
            if (bytes != layer.layer().bytes()) {
                throw layer.damaged(
                        "%d bytes instead of %d".formatted(bytes, layer.layer().bytes()), null);
            }
        } catch (StorageException.Missing e) {
            throw layer.damaged("it is missing", e);
        }
    }

    /** Before it is read, and so long before a manifest names it: a sweep in between must not find it old and unnamed. */
    private boolean renewed(String key) {
        try {
            storage.touch(key, clock.instant());
            return true;
        } catch (StorageException.Missing | StorageException.Unreachable e) {
            return false; // then it is published, which replaces it
        }
    }

    private boolean isWhole(String key, LayerRef layer) {
        try {
            return sha256(key, bytes -> {}).equals(layer.id());
        } catch (StorageException.Missing | StorageException.Unreachable e) {
            return false;
        }
    }

    private String sha256(String key, LongConsumer progress) {
        try (var object = storage.open(key)) {
            var sha256 = new Sha256();
            var buffer = ByteBuffer.allocateDirect(READ_BYTES);
            for (long position = 0; position < object.size(); position += READ_BYTES) {
                progress.accept(position);
                object.read(position, buffer.clear());
                sha256.update(buffer.flip());
            }
            return sha256.hex();
        }
    }

    /** Reads a layer, and tells what came of that. */
    public ObjectCondition condition(UUID databaseId, String layerId, LongConsumer progress) {
        try {
            var found = sha256(ObjectKeys.layer(databaseId, layerId), progress);
            return found.equals(layerId)
                    ? ObjectCondition.WHOLE
                    : new ObjectCondition.Damaged("its SHA-256 is " + found);
        } catch (StorageException.Missing e) {
            return new ObjectCondition.Damaged("it is missing");
        } catch (StorageException.Unreachable e) {
            return new ObjectCondition.Unreadable(String.valueOf(e.getMessage()));
        }
    }

    public Usage usage(UUID databaseId) {
        return Usage.of(list(databaseId).stream().map(Stored::object).toList());
    }

    /** A database's layers, as their names say. What has no layer's name is none, and is left alone. */
    public List<Stored> list(UUID databaseId) {
        String prefix = ObjectKeys.layers(databaseId);
        return storage.list(prefix).stream()
                .map(object -> new Stored(object.key().substring(prefix.length()), object))
                .filter(layer -> Sha256.isHex(layer.id()))
                .toList();
    }

    public record Stored(String id, ObjectInfo object) {}

    public List<UUID> databases() {
        return storage.folders(ObjectKeys.LAYERS).stream()
                .flatMap(folder -> ObjectKeys.uuid(folder).stream())
                .toList();
    }

    /** Returns its bytes, 0 when there was none. */
    long delete(UUID databaseId, String layerId) {
        return storage.delete(ObjectKeys.layer(databaseId, layerId));
    }
}
