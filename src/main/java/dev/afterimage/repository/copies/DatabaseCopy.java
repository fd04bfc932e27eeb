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
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

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
    private final List<LayerRef> lost = new ArrayList<>();
    private boolean keepsWithout;
    private final Map<String, String> damaged = new TreeMap<>();

    /**
     * @param wanted snapshots that the copy lacks
     * @param there what it has of the database; its snapshots are not looked at
     */
    DatabaseCopy(Vault source, RepositoryCopy copy, UUID databaseId, Set<UUID> wanted, Inventory.OfDatabase there) {
        this(source, copy, databaseId, wanted, Set.of(), there, Map.of());
    }

    /**
     * The same, with what the copy has lost of snapshots that it has.
     *
     * @param staying snapshots that both have
     * @param inRepository the layers of the database there, with their bytes
     */
    DatabaseCopy(
            Vault source,
            RepositoryCopy copy,
            UUID databaseId,
            Set<UUID> wanted,
            Set<UUID> staying,
            Inventory.OfDatabase there,
            Map<UUID, Long> inRepository) {
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
        var manifests = new Manifests(source, known);
        missing.addAll(read(manifests, wanted));
        missing.sort(Comparator.comparingLong(Manifest::place)
                .thenComparing(Manifest::id)
                .reversed());
        var named = missing.stream()
                .flatMap(manifest -> manifest.layers().stream())
                .map(LayerRef::id)
                .collect(Collectors.toSet());
        compactedLacking().forEach(into -> named.add(into.id()));
        if (inRepository.entrySet().stream()
                .anyMatch(layer ->
                        !named.contains(layer.getKey()) && !layer.getValue().equals(layersThere.get(layer.getKey())))) {
            read(manifests, staying).stream()
                    .flatMap(manifest -> lacking(manifest).stream())
                    .filter(layer -> !named.contains(layer.id()))
                    .distinct()
                    .forEach(lost::add);
        }
    }

    private List<Manifest> read(Manifests manifests, Set<UUID> ids) {
        var read = new ArrayList<Manifest>();
        for (var id : ids) {
            try {
                manifests.find(databaseId, id).ifPresentOrElse(read::add, () -> notFound.add(id));
            } catch (SnapshotDamagedException e) {
                damaged.put(ObjectKeys.manifest(databaseId, id), e.found());
            } catch (SnapshotUnreadableException e) {
                damaged.put(ObjectKeys.manifest(databaseId, id), e.reason());
            }
        }
        return read;
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
                .filter(layer -> !isThere(layer))
                .toList();
    }

    private boolean isThere(LayerRef layer) {
        return Long.valueOf(layer.bytes()).equals(layersThere.get(layer.id()));
    }

    /** Layers of snapshots that the copy has, which it had and has lost, or has with another size. */
    public List<LayerRef> lost() {
        return List.copyOf(lost);
    }

    /** Layers of compactions that the copy lacks: which took the place of others and were not compacted again. */
    public List<LayerRef> compactedLacking() {
        var replaced = new HashSet<UUID>();
        compactions.byFirst().values().forEach(one -> replaced.addAll(one.layers()));
        return missingCompactions().stream()
                .map(Compaction::into)
                .filter(into -> !replaced.contains(into.id()) && !isThere(into))
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
        try (var arena = Arena.ofShared();
                var object = open(key, layer)) {
            var piece = arena.allocate(Math.min(RepositoryCopy.PIECE, layer.bytes()))
                    .asByteBuffer();
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
     * Copies the compactions that the copy lacks and whose layers it has: one whose layer was compacted again only after that one, and only when no
     * snapshot that the copy has needs the layer between, which is gone.
     */
    public void copyCompactions() {
        var left = new ArrayList<>(missingCompactions());
        left.removeAll(harmful(left));
        boolean any = true;
        while (any) {
            var ready = left.stream().filter(this::hasLayer).toList();
            ready.forEach(this::put);
            left.removeAll(ready);
            any = !ready.isEmpty();
        }
    }

    private boolean hasLayer(Compaction compaction) {
        return isThere(compaction.into())
                || again(compaction)
                        .filter(other -> compactionsThere.contains(other.first()))
                        .isPresent();
    }

    /** By which its layer was compacted later. */
    private Optional<Compaction> again(Compaction compaction) {
        return compactions.byFirst().values().stream()
                .filter(other -> other.layers().contains(compaction.into().id()))
                .findAny();
    }

    /**
     * Those of which the layer is gone since it was compacted again, while a snapshot of the copy, such as one that it keeps longer than the repository,
     * has only a part of what that took in. All that became one layer go together: a snapshot has that layer by all of them or by none.
     */
    private Set<Compaction> harmful(List<Compaction> lacking) {
        var byLast = lacking.stream()
                .filter(compaction -> !isThere(compaction.into()))
                .collect(Collectors.groupingBy(this::last));
        if (byLast.isEmpty()) {
            return Set.of();
        }
        var manifests = manifestsThere();
        var before = new HashMap<>(compactions.byFirst());
        before.keySet().retainAll(compactionsThere);
        lacking.stream()
                .filter(compaction -> isThere(compaction.into()))
                .forEach(compaction -> before.put(compaction.first(), compaction));
        var harmful = new HashSet<Compaction>();
        for (var together : byLast.values()) {
            var after = new HashMap<>(before);
            together.forEach(compaction -> after.put(compaction.first(), compaction));
            if (manifests.stream().anyMatch(manifest -> isWhole(manifest, before) && !isWhole(manifest, after))) {
                harmful.addAll(together);
                keepsWithout = true;
            } else {
                before.putAll(after);
            }
        }
        return harmful;
    }

    private UUID last(Compaction compaction) {
        var last = compaction;
        for (var next = again(last); next.isPresent(); next = again(last)) {
            last = next.get();
        }
        return last.into().id();
    }

    private boolean isWhole(Manifest written, Map<UUID, Compaction> by) {
        return new Compactions.Found(by, List.of(), null)
                .applied(written).layers().stream().allMatch(this::isThere);
    }

    /** As they were written. What cannot be read as one is none that could be restored. */
    private List<Manifest> manifestsThere() {
        var manifests = new ArrayList<Manifest>();
        for (var id : Inventory.OfDatabase.snapshots(to, databaseId)) {
            var key = ObjectKeys.manifest(databaseId, id);
            try {
                var bytes = to.read(key, RepositoryCopy.MOST_OF_SMALL);
                manifests.add(ManifestFile.decode(source.codec().opened(key, bytes)));
            } catch (StorageException.Missing | IllegalArgumentException e) {
                // Nothing has to stay readable for it.
            }
        }
        return manifests;
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
            if (!asThere(written).layers().stream().allMatch(this::isThere)) {
                if (keepsWithout) {
                    isDamaged(
                            key,
                            "the copy cannot have it beside snapshots that it keeps: a layer between was compacted again, and is gone");
                }
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
