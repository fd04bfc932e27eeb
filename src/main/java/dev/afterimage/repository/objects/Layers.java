package dev.afterimage.repository.objects;

import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.read.WholeLayer;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The layers on a storage. */
public final class Layers {

    /**
     * A layer as it lies on the storage, whether a manifest names it or not.
     *
     * @param bytes its size at present
     */
    public record Stored(UUID id, long bytes) {}

    /** A layer as manifests name it. */
    public record Named(UUID databaseId, int pageSize, LayerRef layer) {}

    private static final int LAYERS_WORTH_A_LIST = 2;

    /** So long a storage is not asked the same again. */
    private static final Duration JUST = Duration.ofSeconds(10);

    private record Seen(List<LayerRef> layers, long nanos) {

        boolean isOf(Manifest manifest) {
            return layers.equals(manifest.layers()) && System.nanoTime() - nanos < JUST.toNanos();
        }
    }

    private final Vault vault;
    private final Storage storage;
    private final Duration grace;
    private volatile @Nullable Seen seen;

    /** @param grace how long others leave a layer that no manifest names; zero where there are none */
    public Layers(Vault vault, Duration grace) {
        this.vault = vault;
        this.storage = vault.storage();
        this.grace = grace;
    }

    public Duration grace() {
        return grace;
    }

    /**
     * Looks for all layers that a manifest is about to name: who has one open may not notice that it was taken away.
     *
     * @throws SnapshotDamagedException if one is not there under its name, or has another size
     */
    public void requireThere(Manifest manifest) {
        var listed = listed(manifest);
        manifest.layers().forEach(layer -> requireThere(manifest, layer, listed.get(layer.id())));
    }

    /** The same of a manifest that was just put. The proof that follows need not ask again. */
    public void requireThereOfNew(Manifest manifest) {
        long now = System.nanoTime();
        requireThere(manifest);
        seen = new Seen(manifest.layers(), now);
    }

    /** The same for a proof: the first one of a manifest that was just put knows it already. */
    public void requireThereToProve(Manifest manifest) {
        var just = seen;
        seen = null;
        if (just == null || !just.isOf(manifest)) {
            requireThere(manifest);
        }
    }

    /** One list takes less time than a look for each of many. What a list lacks may be there all the same, and is looked for. */
    private Map<UUID, Long> listed(Manifest manifest) {
        if (storage.isNear() || manifest.layers().size() < LAYERS_WORTH_A_LIST) {
            return Map.of();
        }
        return list(manifest.databaseId()).stream().collect(Collectors.toMap(Stored::id, Stored::bytes));
    }

    private void requireThere(Manifest manifest, LayerRef layer, @Nullable Long listedBytes) {
        try {
            long bytes = listedBytes == null
                    ? storage.size(ObjectKeys.layer(manifest.databaseId(), layer.id()))
                    : listedBytes;
            if (bytes != layer.bytes()) {
                var found = "%d bytes instead of %d".formatted(bytes, layer.bytes());
                throw new SnapshotDamagedException(manifest.id(), layer.id(), found, null);
            }
        } catch (StorageException.Missing e) {
            throw new SnapshotDamagedException(manifest.id(), layer.id(), "it is missing", e);
        }
    }

    /** Whether a layer is there under its name, with its size. */
    public boolean isThere(UUID databaseId, LayerRef layer) {
        try {
            return storage.size(ObjectKeys.layer(databaseId, layer.id())) == layer.bytes();
        } catch (StorageException.Missing e) {
            return false;
        }
    }

    /** Reads a whole layer, and tells what came of that. */
    public ObjectCondition condition(Named named, LongConsumer progress) {
        var layer = named.layer();
        try (var object = storage.open(ObjectKeys.layer(named.databaseId(), layer.id()))) {
            var header = new LayerHeader(named.databaseId(), layer.id(), named.pageSize());
            WholeLayer.require(object, header, layer, vault.codec().parts(), progress);
            return ObjectCondition.WHOLE;
        } catch (IllegalArgumentException e) {
            return new ObjectCondition.Damaged(String.valueOf(e.getMessage()));
        } catch (StorageException.Missing e) {
            return new ObjectCondition.Damaged("it is missing");
        } catch (StorageException.Unreachable e) {
            return ObjectCondition.Unreadable.of(e);
        }
    }

    public Usage usage(UUID databaseId) {
        return Usage.of(storage.list(ObjectKeys.layers(databaseId)).stream()
                .filter(object -> ObjectKeys.layerId(databaseId, object.key()).isPresent())
                .toList());
    }

    /** A database's layers, as their names say. What has no layer's name is none, and is left alone. */
    public List<Stored> list(UUID databaseId) {
        return storage.list(ObjectKeys.layers(databaseId)).stream()
                .flatMap(object ->
                        ObjectKeys.layerId(databaseId, object.key()).stream().map(id -> new Stored(id, object.bytes())))
                .toList();
    }

    public List<UUID> databases() {
        return storage.folders(ObjectKeys.LAYERS).stream()
                .flatMap(folder -> ObjectKeys.uuid(folder).stream())
                .toList();
    }

    void delete(UUID databaseId, Collection<UUID> layerIds) {
        storage.delete(
                layerIds.stream().map(id -> ObjectKeys.layer(databaseId, id)).toList());
    }
}
