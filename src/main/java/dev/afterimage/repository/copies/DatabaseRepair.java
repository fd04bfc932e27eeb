package dev.afterimage.repository.copies;

import dev.afterimage.repository.format.Compaction;
import dev.afterimage.repository.format.CompactionFile;
import dev.afterimage.repository.format.LayerHeader;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ManifestFile;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.objects.Compactions;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.repository.read.LayersInUse;
import dev.afterimage.repository.read.WholeLayer;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What of a database's snapshots is damaged in the repository or missing there, and how it comes back from copies: compactions that cannot be read,
 * then layers, then compactions that are missing, then manifests, so that a snapshot that comes back is whole. For one thread.
 */
public final class DatabaseRepair {

    private final Vault vault;
    private final Storage own;
    private final UUID databaseId;
    private final Set<UUID> expected;
    private final ObjectRepair objects;
    private final LayersInUse.Use use;

    private final Map<UUID, Wanted> snapshots = new LinkedHashMap<>();
    private final Map<UUID, Long> there = new HashMap<>();
    private final Set<UUID> whole = new HashSet<>();
    private final List<RepositoryRepair.Left> left = new ArrayList<>();
    private final Set<UUID> broughtBack = new LinkedHashSet<>();
    private final Set<UUID> restorable = new LinkedHashSet<>();

    /** A snapshot with the layers that it has now, or will have. */
    private static final class Wanted {

        private final Manifest manifest;
        private final List<Compaction> compactions;
        private final boolean isWritten;
        private final boolean isDamaged;

        /**
         * @param manifest with these layers
         * @param compactions that only a copy has, and by which it has them
         * @param isWritten whether its manifest is there and whole
         * @param isDamaged whether something else has its key
         */
        Wanted(Manifest manifest, List<Compaction> compactions, boolean isWritten, boolean isDamaged) {
            this.manifest = manifest;
            this.compactions = List.copyOf(compactions);
            this.isWritten = isWritten;
            this.isDamaged = isDamaged;
        }
    }

    /**
     * @param expected snapshots that must be there
     * @param use of layers that nobody deletes meanwhile
     */
    DatabaseRepair(Vault vault, UUID databaseId, Set<UUID> expected, ObjectRepair objects, LayersInUse.Use use) {
        this.vault = vault;
        this.own = vault.storage();
        this.databaseId = databaseId;
        this.expected = Set.copyOf(expected);
        this.objects = objects;
        this.use = use;
    }

    /**
     * Looks at the manifests: which are whole, and which copies have of the others.
     *
     * @param going snapshots that are being deleted, which are left alone
     * @throws StorageException when the repository cannot be listed
     */
    public void list(Set<UUID> going) {
        repairCompactions();
        var compactions = new Compactions(vault).find(databaseId);
        own.list(ObjectKeys.layers(databaseId))
                .forEach(object ->
                        ObjectKeys.layerId(databaseId, object.key()).ifPresent(id -> there.put(id, object.bytes())));
        var theirs = new ArrayList<Map<UUID, Compaction>>();
        var ids = new TreeSet<>(expected);
        own.list(ObjectKeys.manifests(databaseId))
                .forEach(object ->
                        ObjectKeys.snapshotId(databaseId, object.key()).ifPresent(ids::add));
        ids.removeAll(going);
        for (var id : ids) {
            lookAt(id, compactions.byFirst(), theirs);
        }
        // From here on nobody deletes what is brought back before its manifest is.
        layers().forEach(layer -> use.add(layer.layer().id()));
    }

    private void repairCompactions() {
        for (var unreadable : new Compactions(vault).find(databaseId).unreadable()) {
            var key = unreadable.key();
            if (ObjectKeys.compacted(databaseId, key).isEmpty()
                    || !objects.repair(key, true, object -> compaction(key, object), _ -> {})) {
                left.add(new RepositoryRepair.Left(databaseId, key, unreadable.reason(), List.of()));
            }
        }
    }

    private Compaction compaction(String key, StoredObject object) {
        var compaction = CompactionFile.decode(vault.codec().opened(key, ObjectRepair.bytes(object)));
        if (!key.equals(ObjectKeys.compaction(compaction.databaseId(), compaction.first()))) {
            throw new IllegalArgumentException("it is the compaction of layer " + compaction.first());
        }
        return compaction;
    }

    private void lookAt(UUID id, Map<UUID, Compaction> compactions, List<Map<UUID, Compaction>> theirs) {
        var key = ObjectKeys.manifest(databaseId, id);
        try (var object = own.open(key)) {
            add(manifest(id, object), true, false, compactions, theirs);
        } catch (StorageException.Missing e) {
            if (expected.contains(id)) { // else it was deleted just now
                addFromCopy(id, false, "it is missing", compactions, theirs);
            }
        } catch (IllegalArgumentException e) {
            addFromCopy(id, true, String.valueOf(e.getMessage()), compactions, theirs);
        } catch (StorageException.Unreachable e) {
            own.requirePresence(); // a bad sector is damage here, a disk that is gone is not
            addFromCopy(id, true, String.valueOf(e.getMessage()), compactions, theirs);
        }
    }

    private Manifest manifest(UUID id, StoredObject object) {
        var key = ObjectKeys.manifest(databaseId, id);
        var manifest = ManifestFile.decode(vault.codec().opened(key, ObjectRepair.bytes(object)));
        if (!manifest.id().equals(id) || !manifest.databaseId().equals(databaseId)) {
            throw new IllegalArgumentException("it is the manifest of snapshot " + manifest.id());
        }
        return manifest;
    }

    private void addFromCopy(
            UUID id,
            boolean isDamaged,
            String found,
            Map<UUID, Compaction> compactions,
            List<Map<UUID, Compaction>> theirs) {
        for (var copy : objects.copies()) {
            try (var object = copy.vault().storage().open(ObjectKeys.manifest(databaseId, id))) {
                add(manifest(id, object), false, isDamaged, compactions, theirs);
                return;
            } catch (IllegalArgumentException | StorageException notThere) {
                // The next one may have it.
            }
        }
        left.add(new RepositoryRepair.Left(databaseId, ObjectKeys.manifest(databaseId, id), found, List.of(id)));
    }

    /** Layers that were compacted and deleted look lost where the compaction is: then it comes back. */
    private void add(
            Manifest written,
            boolean isWritten,
            boolean isDamaged,
            Map<UUID, Compaction> compactions,
            List<Map<UUID, Compaction>> theirs) {
        var layers = written.layers();
        var used = new ArrayList<Compaction>();
        int place = 0;
        while (place < layers.size()) {
            var first = layers.get(place).id();
            var compaction = compactions.get(first);
            if (compaction == null && !areThere(layers)) {
                compaction = ofCopies(first, theirs);
                if (compaction != null && compaction.isAt(place, layers)) {
                    used.add(compaction);
                }
            }
            if (compaction != null && compaction.isAt(place, layers)) {
                layers = compaction.appliedAt(place, layers);
                place = 0; // what it became may have been compacted later, with what lies before it too
            } else {
                place++;
            }
        }
        snapshots.put(written.id(), new Wanted(written.withLayers(layers), used, isWritten, isDamaged));
    }

    private boolean areThere(List<LayerRef> layers) {
        return layers.stream().allMatch(layer -> there.containsKey(layer.id()));
    }

    /** One that took the place of layers of which any is missing here. */
    private @Nullable Compaction ofCopies(UUID first, List<Map<UUID, Compaction>> theirs) {
        if (theirs.isEmpty()) {
            objects.copies().forEach(copy -> theirs.add(compactionsOf(copy)));
        }
        return theirs.stream()
                .flatMap(found -> Optional.ofNullable(found.get(first)).stream())
                .filter(found -> !there.keySet().containsAll(found.layers()))
                .findFirst()
                .orElse(null);
    }

    private Map<UUID, Compaction> compactionsOf(Vault.Copy copy) {
        try {
            return new Compactions(copy.vault()).find(databaseId).byFirst();
        } catch (StorageException e) {
            return Map.of();
        }
    }

    /** The layers that snapshots need. */
    private List<Layers.Named> layers() {
        return snapshots.values().stream()
                .flatMap(wanted -> wanted.manifest.layers().stream()
                        .map(layer -> new Layers.Named(databaseId, wanted.manifest.pageSize(), layer)))
                .distinct()
                .toList();
    }

    /** Bytes of the layers that are to be read. */
    public long bytes() {
        return layers().stream().mapToLong(layer -> layer.layer().bytes()).sum();
    }

    /**
     * Reads all layers that snapshots need, and puts back what is not as it was written: those first that are missing or that somebody has found
     * damaged before. Then what needs them.
     *
     * @param suspects layers that somebody has found damaged
     * @param isWanted whether a snapshot may still come back: nobody has deleted it meanwhile
     * @param progress told of bytes that were read, in all; may throw to stop
     * @throws StorageException when the repository's storage fails; the next run goes on
     */
    public void run(Set<UUID> suspects, Predicate<UUID> isWanted, LongConsumer progress) {
        var layers = new ArrayList<>(layers());
        layers.sort(Comparator.comparing((Layers.Named layer) -> isThere(layer))
                .thenComparing(layer -> !suspects.contains(layer.layer().id())));
        var known = new Layers(vault, Duration.ZERO);
        long done = 0;
        for (var layer : layers) {
            long before = done;
            repair(
                    layer,
                    known,
                    read -> progress.accept(
                            before + Math.min(read, layer.layer().bytes())));
            done += layer.layer().bytes();
            progress.accept(done);
        }
        snapshots.values().stream().filter(this::hasLayers).forEach(wanted -> putBack(wanted, isWanted));
    }

    private boolean isThere(Layers.Named layer) {
        return Long.valueOf(layer.layer().bytes())
                .equals(there.get(layer.layer().id()));
    }

    private void repair(Layers.Named layer, Layers known, LongConsumer progress) {
        switch (known.condition(layer, progress)) {
            case ObjectCondition.Whole _ -> whole.add(layer.layer().id());
            case ObjectCondition.Damaged damaged -> repair(layer, damaged.found(), progress);
            case ObjectCondition.Unreadable unreadable -> {
                own.requirePresence(); // a bad sector is damage here, a disk that is gone is not
                repair(layer, unreadable.reason(), progress);
            }
        }
    }

    private void repair(Layers.Named layer, String found, LongConsumer progress) {
        var id = layer.layer().id();
        var key = ObjectKeys.layer(databaseId, id);
        var header = new LayerHeader(databaseId, id, layer.pageSize());
        var needing = needing(layer.layer());
        if (objects.repair(
                key, hasName(key), object -> prove(object, header, layer.layer()), bytes -> progress.accept(0))) {
            whole.add(id);
        } else {
            left.add(new RepositoryRepair.Left(databaseId, key, found, needing));
        }
    }

    private void prove(StoredObject object, LayerHeader header, LayerRef layer) {
        if (object.size() != layer.bytes()) {
            throw new IllegalArgumentException("%d bytes instead of %d".formatted(object.size(), layer.bytes()));
        }
        WholeLayer.require(object, header, layer, vault.codec().parts(), _ -> {});
    }

    private boolean hasName(String key) {
        try {
            own.size(key);
            return true;
        } catch (StorageException.Missing e) {
            return false;
        }
    }

    private List<UUID> needing(LayerRef layer) {
        return snapshots.values().stream()
                .map(wanted -> wanted.manifest)
                .filter(manifest -> manifest.layers().contains(layer))
                .map(Manifest::id)
                .toList();
    }

    private boolean hasLayers(Wanted wanted) {
        return whole.containsAll(
                wanted.manifest.layers().stream().map(LayerRef::id).collect(Collectors.toSet()));
    }

    private void putBack(Wanted wanted, Predicate<UUID> isWanted) {
        var id = wanted.manifest.id();
        for (var compaction : wanted.compactions) {
            var key = ObjectKeys.compaction(databaseId, compaction.first());
            if (!hasName(key) && !objects.repair(key, false, object -> compaction(key, object), _ -> {})) {
                left.add(new RepositoryRepair.Left(databaseId, key, "it is missing", List.of(id)));
                return;
            }
        }
        if (!wanted.isWritten && !putManifestBack(wanted, isWanted)) {
            return;
        }
        restorable.add(id);
    }

    private boolean putManifestBack(Wanted wanted, Predicate<UUID> isWanted) {
        var id = wanted.manifest.id();
        var key = ObjectKeys.manifest(databaseId, id);
        if (!isWanted.test(id)) {
            return false;
        }
        if (!objects.repair(key, wanted.isDamaged, object -> manifest(id, object), _ -> {})) {
            left.add(new RepositoryRepair.Left(databaseId, key, "no copy has it any more", List.of(id)));
            return false;
        }
        if (!objects.isDryRun() && !isWanted.test(id)) {
            own.delete(List.of(key)); // whoever deleted it has looked for its manifest before it was there again
            return false;
        }
        broughtBack.add(id);
        return true;
    }

    /** Layers that were read from their first byte to their last, and are as they were written. */
    public Set<UUID> whole() {
        return Set.copyOf(whole);
    }

    /** What is missing or damaged, and no copy has whole. */
    public List<RepositoryRepair.Left> left() {
        return List.copyOf(left);
    }

    /** Snapshots whose manifests were put back. */
    public Set<UUID> broughtBack() {
        return Set.copyOf(broughtBack);
    }

    /** Snapshots of which all is there now, proven to the last byte; in a dry run those of which it would be. */
    public Set<UUID> restorable() {
        return Set.copyOf(restorable);
    }
}
