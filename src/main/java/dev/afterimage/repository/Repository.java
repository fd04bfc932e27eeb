package dev.afterimage.repository;

import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.sqlite.PageSource;
import dev.afterimage.storage.LocalStorage;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.ObjectWriter;
import dev.afterimage.storage.StorageException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots on a storage, in the format of {@code docs/repository-format.md}. A snapshot exists when its manifest does,
 * and from then on is readable whole.
 *
 * <p>Safe for several threads. Of the processes that share a storage, one may save, delete and sweep, through one
 * {@code Repository}; the others may read.
 */
public final class Repository {

    private final LocalStorage storage;
    private final Duration sweepGrace;
    private final Clock clock;
    private final Manifests manifests;
    private final Layers layers;

    /**
     * Held shared from the moment a save relies on a layer until its manifest names it, and exclusively while layers that
     * no manifest names are deleted.
     */
    private final ReadWriteLock naming = new ReentrantReadWriteLock();

    /** @param sweepGrace how long a layer that no manifest names is safe from {@link #sweep} */
    public Repository(LocalStorage storage, Duration sweepGrace, Clock clock) {
        this.storage = storage;
        this.sweepGrace = sweepGrace;
        this.clock = clock;
        this.manifests = new Manifests(storage);
        this.layers = new Layers(storage, clock);
    }

    /**
     * Begins a snapshot. The caller closes it, published or not.
     *
     * @param parent snapshot of the same database that the new one is likely to resemble: only pages that differ from its
     *     pages are stored; null to store all
     */
    public SnapshotWriter begin(UUID databaseId, @Nullable Manifest parent) {
        return new SnapshotWriter(this, databaseId);
    }

    /**
     * Stores a plain database file as a full snapshot; see {@link SnapshotWriter}.
     *
     * @param file a database file that nobody writes; not changed, and not needed afterwards
     * @param progress told of pages read, on the calling thread; may throw to stop
     */
    public Manifest save(Path file, NewSnapshot snapshot, PageProgress progress) {
        try (var writer = begin(snapshot.databaseId(), null)) {
            writer.add(file, progress);
            return writer.publish(snapshot);
        }
    }

    record WrittenLayer(LayerHeader header, FullLayer.Written content, ObjectWriter object) {}

    WrittenLayer write(UUID databaseId, PageSource source, PageProgress progress) {
        var object = storage.create();
        try (var pageLists = storage.scratch()) {
            var header = new LayerHeader(databaseId, source.pageSize(), source.pageCount(), source.pageCount());
            try (var layer = new FullLayer(source, new LayerWriter(header, object, pageLists))) {
                return new WrittenLayer(header, layer.write(progress), object);
            }
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    Manifest publish(NewSnapshot snapshot, WrittenLayer written) {
        naming.readLock().lock();
        try {
            long newBytes =
                    layers.publish(snapshot.databaseId(), written.content().layer(), written.object());
            // Dying here leaves a layer that no manifest names; sweep() deletes it when it is older than the grace.
            return manifests.publish(manifest(snapshot, written.header(), written.content(), newBytes));
        } finally {
            naming.readLock().unlock();
        }
    }

    private static Manifest manifest(
            NewSnapshot snapshot, LayerHeader header, FullLayer.Written written, long newBytes) {
        return new Manifest(
                snapshot.id(),
                snapshot.databaseId(),
                snapshot.databaseName(),
                snapshot.createdAt(),
                snapshot.groupId(),
                header.pageSize(),
                header.pageCount(),
                List.of(written.layer()),
                written.treeDigest(),
                written.sha256(),
                newBytes,
                written.layer().bytes(),
                snapshot.labels(),
                snapshot.capture());
    }

    /**
     * The manifest of a snapshot, if the snapshot exists.
     *
     * @throws SnapshotDamagedException if the manifest is not as it was written
     */
    public Optional<Manifest> find(UUID databaseId, UUID snapshotId) {
        return manifests.find(databaseId, snapshotId);
    }

    /** All manifests of a database, readable or not; empty for a database without snapshots. */
    public ManifestListing list(UUID databaseId) {
        return manifests.list(databaseId);
    }

    /** Ids of a database's snapshots, as the names of their manifests say; whether these can be read is not looked at. */
    public Set<UUID> snapshotIds(UUID databaseId) {
        return manifests.ids(databaseId);
    }

    /** The databases that have snapshots. */
    public List<UUID> databases() {
        return manifests.databases();
    }

    /**
     * Opens a snapshot by its id; see {@link #open(Manifest)}.
     *
     * @throws SnapshotGoneException if it does not exist
     */
    public SnapshotReader open(UUID databaseId, UUID snapshotId) {
        return open(find(databaseId, snapshotId).orElseThrow(() -> new SnapshotGoneException(snapshotId)));
    }

    /**
     * Opens a snapshot; reads and proves the index of its layer, not its pages. The caller closes the reader.
     *
     * @throws SnapshotDamagedException if the layer is missing, or its index is not the one that the manifest names
     * @throws SnapshotGoneException if the snapshot was deleted since its manifest was read
     */
    public SnapshotReader open(Manifest manifest) {
        try {
            return new SnapshotReader(manifest, LayerReader.open(storage, manifest));
        } catch (StorageException.Missing e) {
            if (manifests.find(manifest.databaseId(), manifest.id()).isEmpty()) {
                throw new SnapshotGoneException(manifest.id());
            }
            throw new SnapshotDamagedException(
                    manifest.id(), manifest.layers().getFirst().id(), "it is missing", e);
        }
    }

    /**
     * Deletes a snapshot, and its layers unless another manifest names them; none of that id is no error. Readers that
     * are open can go on. Layers stay for {@link #sweep} when a manifest of the database cannot be read.
     *
     * @throws StorageException.Unreachable if it cannot be deleted; when the manifest is gone, so is the snapshot
     */
    public void delete(UUID databaseId, UUID snapshotId) {
        naming.writeLock().lock();
        try {
            var layerIds = layersOf(databaseId, snapshotId);
            manifests.delete(databaseId, snapshotId);
            // Dying here leaves layers that no manifest names; sweep() deletes them when they are old enough.
            deleteUnnamed(databaseId, layerIds);
        } finally {
            naming.writeLock().unlock();
        }
    }

    private List<String> layersOf(UUID databaseId, UUID snapshotId) {
        try {
            return manifests.find(databaseId, snapshotId).stream()
                    .flatMap(manifest -> manifest.layers().stream())
                    .map(LayerRef::id)
                    .toList();
        } catch (SnapshotDamagedException e) {
            return List.of(); // which layers it named is not known
        }
    }

    private void deleteUnnamed(UUID databaseId, List<String> layerIds) {
        var listing = manifests.list(databaseId);
        if (listing.unreadable().isEmpty()) {
            var named = named(listing);
            layerIds.stream().filter(id -> !named.contains(id)).forEach(id -> layers.delete(databaseId, id));
        }
    }

    /**
     * Deletes what crashes left behind: temporary files of dead processes, and layers that no manifest names and that are
     * older than the grace. Keeps all layers of a database of which a manifest cannot be read, because it may name any of
     * them, and of one that has no directory of manifests: rather is that directory elsewhere than all of them deleted.
     *
     * @throws StorageException.Unreachable if the storage cannot be read or written
     */
    public Sweep sweep() {
        storage.removeLeftovers();
        var swept = Sweep.NOTHING;
        for (var databaseId : layers.databases()) {
            naming.writeLock().lock();
            try {
                swept = swept.plus(sweep(databaseId));
            } finally {
                naming.writeLock().unlock();
            }
        }
        return swept;
    }

    private Sweep sweep(UUID databaseId) {
        var stored = layers.list(databaseId);
        var listing = manifests.list(databaseId);
        if (!manifests.hasFolder(databaseId) || !listing.unreadable().isEmpty()) {
            return Sweep.skipping(databaseId);
        }
        var named = named(listing);
        var youngest = clock.instant().minus(sweepGrace);
        var swept = Sweep.NOTHING;
        for (var layer : stored) {
            if (!named.contains(layer.id())) {
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

    /** The layers of a database, whether a manifest names them or not. */
    public List<StoredLayer> layers(UUID databaseId) {
        return layers.list(databaseId).stream()
                .map(layer ->
                        new StoredLayer(databaseId, layer.id(), layer.object().bytes()))
                .toList();
    }

    /**
     * A layer as it lies on the storage.
     *
     * @param id SHA-256 of the file that was written, in hexadecimal
     * @param bytes its size at present
     */
    public record StoredLayer(UUID databaseId, String id, long bytes) {}

    /** Reads a whole layer, and tells what is wrong with it; nothing when it is as it was written. */
    public Optional<String> damageOf(UUID databaseId, String layerId) {
        return layers.damage(databaseId, layerId);
    }

    /** What a database takes on the storage: its manifests, and its layers, whether a manifest names them or not. */
    public Usage usage(UUID databaseId) {
        return manifests.usage(databaseId).plus(layers.usage(databaseId));
    }

    /** The same of all databases, by id. */
    public java.util.Map<UUID, Usage> usages() {
        var usages = new java.util.HashMap<UUID, Usage>();
        databases().forEach(id -> usages.put(id, usage(id)));
        return usages;
    }

    /** A number of objects, and their bytes. */
    public record Usage(int objects, long bytes) {
        static Usage of(List<ObjectInfo> objects) {
            return new Usage(
                    objects.size(),
                    objects.stream().mapToLong(ObjectInfo::bytes).sum());
        }

        public Usage plus(Usage other) {
            return new Usage(objects + other.objects, bytes + other.bytes);
        }
    }

    private static Set<String> named(ManifestListing listing) {
        return listing.readable().stream()
                .flatMap(manifest -> manifest.layers().stream())
                .map(LayerRef::id)
                .collect(Collectors.toSet());
    }
}
