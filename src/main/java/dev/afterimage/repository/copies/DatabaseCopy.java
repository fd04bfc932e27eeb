package dev.afterimage.repository.copies;

import dev.afterimage.repository.format.Compaction;
import dev.afterimage.repository.format.CompactionFile;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ManifestFile;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.SnapshotUnreadableException;
import dev.afterimage.repository.objects.Compactions;
import dev.afterimage.repository.objects.Manifests;
import dev.afterimage.repository.read.WholeLayer;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.NewObject;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongConsumer;

/**
 * What a copy lacks of a database, by lists of both places, and how it gets that: layers, then compactions, then manifests. Layers may be put by
 * several threads.
 */
public final class DatabaseCopy {

    private final Vault source;
    private final Storage from;
    private final Storage to;
    private final UUID databaseId;

    private final RepositoryCopy copy;
    private final Compactions.Found compactions;
    private final Set<UUID> compactionsThere;
    private final Map<UUID, Long> layersThere;
    private final List<Manifest> missing = new ArrayList<>();
    private final Set<UUID> wanted;
    private final Set<UUID> notFound = new HashSet<>();
    private final Map<String, String> damaged = new TreeMap<>();

    /**
     * @param wanted snapshots that the copy lacks
     * @param there what it has of the database; its snapshots are not looked at
     */
    DatabaseCopy(Vault source, RepositoryCopy copy, UUID databaseId, Set<UUID> wanted, Inventory.OfDatabase there) {
        this.source = source;
        this.from = source.storage();
        this.copy = copy;
        this.to = copy.to();
        this.databaseId = databaseId;
        this.wanted = wanted;
        this.layersThere = there.layers();
        this.compactionsThere = there.compactions();
        var known = new Compactions(source);
        compactions = known.find(
                databaseId); // after the snapshots were listed: what these need is told by those that are there later
        if (compactions.away() != null) {
            throw compactions.away();
        }
        compactions.unreadable().forEach(one -> damaged.put(one.key(), one.reason()));
        readMissing(new Manifests(source, known));
    }

    private void readMissing(Manifests manifests) {
        for (var id : wanted) {
            try {
                manifests.find(databaseId, id).ifPresentOrElse(missing::add, () -> notFound.add(id));
            } catch (SnapshotDamagedException e) {
                damaged.put(ObjectKeys.manifest(databaseId, id), e.found());
            } catch (SnapshotUnreadableException e) {
                damaged.put(ObjectKeys.manifest(databaseId, id), e.reason());
            }
        }
        missing.sort(Comparator.comparingLong(Manifest::place)
                .thenComparing(Manifest::id)
                .reversed());
    }

    public UUID databaseId() {
        return databaseId;
    }

    /** Those that the repository has and the copy lacks, the newest first, with the layers that there are now. */
    public List<Manifest> missing() {
        return List.copyOf(missing);
    }

    /** Snapshots that were wanted, and have no manifest in the repository. */
    public Set<UUID> notFound() {
        return Set.copyOf(notFound);
    }

    public Set<UUID> wanted() {
        return wanted;
    }

    /** What of the repository could not be copied since it is not as it was written or cannot be read, by its key. */
    public Map<String, String> damaged() {
        synchronized (damaged) {
            return Map.copyOf(damaged);
        }
    }

    private void isDamaged(String key, String found) {
        synchronized (damaged) {
            damaged.put(key, found);
        }
    }

    /** Layers of a snapshot that the copy lacks. */
    public List<LayerRef> lacking(Manifest manifest) {
        return manifest.layers().stream()
                .distinct()
                .filter(layer -> !layersThere.containsKey(layer.id()))
                .toList();
    }

    /** Layers of compactions that the copy lacks: which took the place of others and were not compacted again. */
    public List<LayerRef> compactedLacking() {
        var replaced = new HashSet<UUID>();
        compactions.byFirst().values().forEach(one -> replaced.addAll(one.layers()));
        return missingCompactions().stream()
                .map(Compaction::into)
                .filter(into -> !replaced.contains(into.id()) && !layersThere.containsKey(into.id()))
                .toList();
    }

    private List<Compaction> missingCompactions() {
        return compactions.byFirst().values().stream()
                .filter(one -> !compactionsThere.contains(one.first()))
                .toList();
    }

    /**
     * Copies a layer, unless it is damaged. What is sent is what was proven.
     *
     * @param progress told of the bytes of each piece that was read; may throw to stop
     * @return whether the copy has it
     * @throws StorageException.Missing when the repository has it no more
     * @throws StorageException when either place fails; then the copy has it whole or not at all
     */
    public boolean copy(LayerRef layer, LongConsumer progress) {
        var key = ObjectKeys.layer(databaseId, layer.id());
        try (var object = to.create()) {
            read(key, layer, object, progress);
            prove(layer, object);
            if (object.put(key)) {
                copy.count(layer.bytes());
            } else if (to.size(key) != layer.bytes()) {
                throw new IllegalArgumentException("the copy has another object of that name");
            }
            layersThere.put(layer.id(), layer.bytes());
            return true;
        } catch (IllegalArgumentException e) {
            isDamaged(key, String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void read(String key, LayerRef layer, NewObject target, LongConsumer progress) {
        var piece = ByteBuffer.allocateDirect((int) Math.min(RepositoryCopy.PIECE, layer.bytes()));
        try (var object = open(key, layer)) {
            for (long position = 0; position < layer.bytes(); position += piece.capacity()) {
                read(object, position, piece.clear());
                progress.accept(piece.flip().remaining());
                copy.isRead(piece.remaining(), () -> progress.accept(0));
                target.write(piece);
            }
            object.isRead();
        }
        if (target.written() != layer.bytes()) {
            throw new IllegalArgumentException("%d bytes instead of %d".formatted(target.written(), layer.bytes()));
        }
    }

    private StoredObject open(String key, LayerRef layer) {
        try {
            return from.open(key, layer.bytes());
        } catch (StorageException.Unreachable e) {
            throw unreadable(e);
        }
    }

    private void read(StoredObject object, long position, ByteBuffer piece) {
        try {
            object.read(position, piece);
        } catch (StorageException.Unreachable e) {
            throw unreadable(e);
        }
    }

    /** One object on a bad sector does not hold up the others; a repository that is away does. */
    private IllegalArgumentException unreadable(StorageException.Unreachable e) {
        from.requirePresence();
        return new IllegalArgumentException("it cannot be read: " + e.getMessage(), e);
    }

    private void prove(LayerRef layer, NewObject target) {
        try (var written = target.asWritten()) {
            var begin = ByteBuffer.allocate(LayerHeader.SIZE);
            written.read(0, begin);
            // Of a page size that is wrong the index digest is wrong too.
            var header = new LayerHeader(databaseId, layer.id(), begin.getInt(LayerHeader.PAGE_SIZE_OFFSET));
            WholeLayer.require(written, header, layer, source.codec().parts(), _ -> {});
        }
    }

    /**
     * Copies the compactions that the copy lacks and whose layers it has: one whose layer was compacted again only after that one, so that no
     * manifest there ever loses its layers.
     */
    public void copyCompactions() {
        var left = new ArrayList<>(missingCompactions());
        boolean any = true;
        while (any) {
            var ready = left.stream().filter(this::hasLayer).toList();
            ready.forEach(this::put);
            left.removeAll(ready);
            any = !ready.isEmpty();
        }
    }

    private boolean hasLayer(Compaction compaction) {
        var into = compaction.into().id();
        return layersThere.containsKey(into)
                || compactions.byFirst().values().stream()
                        .filter(other -> compactionsThere.contains(other.first()))
                        .anyMatch(other -> other.layers().contains(into));
    }

    private void put(Compaction compaction) {
        var key = ObjectKeys.compaction(databaseId, compaction.first());
        try {
            var bytes = from.read(key, RepositoryCopy.MOST_OF_SMALL);
            if (!CompactionFile.decode(source.codec().opened(key, bytes)).equals(compaction)) {
                throw new IllegalArgumentException("it is another one than just before");
            }
            copy.put(key, bytes);
            compactionsThere.add(compaction.first());
        } catch (StorageException.Missing e) {
            return; // no manifest needs it any more
        } catch (IllegalArgumentException e) {
            isDamaged(key, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Copies a manifest, if the copy has all that it needs: from here on the copy has the snapshot.
     *
     * @return whether it has
     */
    public boolean copy(Manifest manifest) {
        var key = ObjectKeys.manifest(databaseId, manifest.id());
        try {
            var bytes = from.read(key, RepositoryCopy.MOST_OF_SMALL);
            var written = ManifestFile.decode(source.codec().opened(key, bytes));
            if (!written.id().equals(manifest.id()) || !written.databaseId().equals(databaseId)) {
                throw new IllegalArgumentException("it is the manifest of snapshot " + written.id());
            }
            if (!asThere(written).layers().stream()
                    .allMatch(layer -> Long.valueOf(layer.bytes()).equals(layersThere.get(layer.id())))) {
                return false;
            }
            copy.put(key, bytes);
            return true;
        } catch (StorageException.Missing e) {
            return false; // deleted meanwhile
        } catch (IllegalArgumentException e) {
            isDamaged(key, String.valueOf(e.getMessage()));
            return false;
        }
    }

    /** With the layers that it has by the compactions of the copy. */
    private Manifest asThere(Manifest written) {
        var known = new HashMap<>(compactions.byFirst());
        known.keySet().retainAll(compactionsThere);
        return new Compactions.Found(known, List.of(), null).applied(written);
    }
}
