package dev.afterimage.repository.read;

import dev.afterimage.problem.ArchivedObject;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which layers of a snapshot lie in an archive. Restoring one may take two days, so who meets one wants to know all at once. They are asked for once,
 * and only after one was met. Safe for several threads.
 */
final class ArchivedLayers {

    private final Storage storage;
    private final UUID databaseId;
    private final List<LayerRef> layers;
    private @Nullable List<ArchivedObject> found;

    private ArchivedLayers(Storage storage, UUID databaseId, List<LayerRef> layers) {
        this.storage = storage;
        this.databaseId = databaseId;
        this.layers = layers;
    }

    static ArchivedLayers of(Storage storage, Manifest manifest) {
        return new ArchivedLayers(storage, manifest.databaseId(), manifest.layers());
    }

    /** For who opens one layer only, and needs no other. */
    static ArchivedLayers ofNoOther(Storage storage, Manifest manifest) {
        return new ArchivedLayers(storage, manifest.databaseId(), List.of());
    }

    /** The same failure; where it is that a layer is archived, with all others that are. */
    StorageException.Unreachable all(StorageException.Unreachable failure) {
        return failure instanceof StorageException.Archived archived ? archived.with(found()) : failure;
    }

    private synchronized List<ArchivedObject> found() {
        var known = found;
        if (known == null) {
            known = look();
            found = known;
        }
        return known;
    }

    /** By a byte of each, for only a refusal proves it. */
    private List<ArchivedObject> look() {
        var archived = new ArrayList<ArchivedObject>();
        for (var layer : layers) {
            try (var object = storage.open(ObjectKeys.layer(databaseId, layer.id()), layer.bytes())) {
                object.read(0, ByteBuffer.allocate(1));
            } catch (StorageException.Archived e) {
                archived.addAll(e.objects());
            } catch (StorageException e) {
                return archived; // the failure that was met is told, with what is known by now
            }
        }
        return archived;
    }
}
