package dev.afterimage.repository;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.SnapshotUnreadableException;
import dev.afterimage.repository.format.UnusableSnapshotException;
import dev.afterimage.repository.hashes.PageHashCache;
import dev.afterimage.repository.objects.CatalogObjects;
import dev.afterimage.repository.objects.Compactions;
import dev.afterimage.repository.objects.DatabaseUsage;
import dev.afterimage.repository.objects.Layers;
import dev.afterimage.repository.objects.ManifestListing;
import dev.afterimage.repository.objects.Manifests;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.repository.objects.UnnamedLayers;
import dev.afterimage.repository.objects.Usage;
import dev.afterimage.repository.read.CopyReads;
import dev.afterimage.repository.read.IndexCache;
import dev.afterimage.repository.read.LayerPages;
import dev.afterimage.repository.read.LayerReader;
import dev.afterimage.repository.read.LayersInUse;
import dev.afterimage.repository.read.Salvage;
import dev.afterimage.repository.read.Salvaged;
import dev.afterimage.repository.read.SnapshotReader;
import dev.afterimage.repository.read.StoredProof;
import dev.afterimage.repository.read.UnwritableFileException;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.repository.write.Compacted;
import dev.afterimage.repository.write.Compactor;
import dev.afterimage.repository.write.NewSnapshot;
import dev.afterimage.repository.write.SnapshotSoFar;
import dev.afterimage.repository.write.SnapshotWriter;
import dev.afterimage.sqlite.PageProgress;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Snapshots on a storage, in the format of {@code docs/repository-format.md}. A snapshot exists when its manifest does,
 * and from then on is readable whole.
 *
 * <p>Safe for several threads. Of the processes that share a storage, all may read, save and delete, as long as none deletes a layer that
 * no manifest names before the grace is over.
 */
public final class Repository {

    private final Vault vault;
    private final Storage storage;
    private final IndexCache indexes;
    private final Function<UUID, Set<UUID>> recorded;
    private final Compactions compactions;
    private final Manifests manifests;
    private final Layers layers;
    private final CatalogObjects catalogObjects;
    private final CopyReads copyReads;

    private final LayersInUse inUse = new LayersInUse();
    private final UnnamedLayers unnamed;

    /** One of which nothing more is known than what lies there, and which nobody else deletes from. */
    public Repository(Vault vault, Clock clock) {
        this(vault, IndexCache.none(), Duration.ZERO, databaseId -> Set.of(), clock);
    }

    /**
     * @param indexes in which to keep what is read of layers again and again
     * @param grace how long everybody leaves a layer that no manifest names
     * @param recorded the snapshots of a database that somebody knows of and nobody is deleting, so that each must have a manifest; asked for
     *     again and again
     */
    public Repository(
            Vault vault, IndexCache indexes, Duration grace, Function<UUID, Set<UUID>> recorded, Clock clock) {
        this.vault = vault;
        this.indexes = indexes;
        this.storage = vault.storage();
        this.recorded = recorded;
        this.compactions = new Compactions(vault);
        this.manifests = new Manifests(vault, compactions);
        this.layers = new Layers(vault, grace);
        this.catalogObjects = new CatalogObjects(vault, clock);
        this.copyReads = new CopyReads(clock);
        this.unnamed = new UnnamedLayers(manifests, compactions, recorded, layers, inUse);
    }

    /**
     * Looks whether it is there, by reading a small file. All that writes, deletes, or could say that something is missing, looks
     * as well.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when it is not, or another is in its place
     */
    public void requirePresence() {
        storage.requirePresence();
        vault.codec();
    }

    /** The names of its copies that are there, so that snapshots can be read from them. */
    public List<String> copiesThere() {
        return vault.copies().stream()
                .filter(copy -> isThere(copy, null))
                .map(Vault.Copy::name)
                .toList();
    }

    /** Which of its copies had to help. */
    public CopyReads copyReads() {
        return copyReads;
    }

    /**
     * The same, and whether this process may write to it and delete from it.
     *
     * @throws dev.afterimage.problem.ProblemException REPOSITORY_HELD when another service does
     */
    public void requireWritable() {
        storage.requireWritable();
        vault.codec();
    }

    /** @see Storage#whyHeld */
    public Optional<Problem> whyHeld() {
        return storage.whyHeld();
    }

    /**
     * Looks whether it is there, or a copy of it, from which snapshots can be read.
     *
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when neither is
     */
    public void requireReadable() {
        try {
            requirePresence();
        } catch (StorageException away) {
            if (vault.copies().stream().noneMatch(copy -> isThere(copy, away))) {
                throw away;
            }
        }
    }

    private static boolean isThere(Vault.Copy copy, @Nullable StorageException away) {
        try {
            copy.vault().storage().requirePresence();
            return true;
        } catch (StorageException e) {
            if (away != null) {
                away.addSuppressed(e);
            }
            return false;
        }
    }

    /** @see Storage#hasAtomicPuts */
    public boolean hasAtomicPuts() {
        return storage.hasAtomicPuts();
    }

    /** What lies in its place at present. */
    public FoundRepository found() {
        return new FoundRepository(vault.asFound());
    }

    /** Forgets what it knows of what is stored: another repository has taken the place. */
    public void forget() {
        vault.forget();
        compactions.forget();
    }

    /**
     * Begins a snapshot. The caller closes it, published or not.
     *
     * @param parent snapshot of the same database that the new one is likely to resemble: only pages that differ from its
     *     pages are stored; null to store all
     * @throws SnapshotGoneException if the parent was deleted since its manifest was read
     * @throws SnapshotDamagedException if a layer of the parent is missing, or its index is not the one that the manifest names
     */
    public SnapshotWriter begin(UUID databaseId, @Nullable Manifest parent) {
        return begin(databaseId, parent, null);
    }

    /**
     * The same with what this node knows of the parent's pages, by which unchanged ones need not be digested; it then knows it of the new snapshot.
     *
     * @param cache null to digest all pages, and to leave what is known as it is
     */
    public SnapshotWriter begin(UUID databaseId, @Nullable Manifest parent, @Nullable PageHashCache cache) {
        storage.requireWritable(); // before a large database is read for nothing
        var use = inUse.begin(databaseId);
        try {
            var soFar =
                    parent == null ? SnapshotSoFar.nothing() : withCurrent(parent, current -> inherit(current, use));
            var hashes = cache == null ? null : cache.begin(databaseId, parent);
            return new SnapshotWriter(databaseId, soFar, hashes, use, vault, layers, manifests);
        } catch (RuntimeException | Error e) {
            use.close();
            throw e;
        }
    }

    /** From here on the parent may be deleted: its layers are in use before it is known that they are there. */
    private SnapshotSoFar inherit(Manifest parent, LayersInUse.Use use) {
        parent.layers().forEach(layer -> use.add(layer.id()));
        return SnapshotSoFar.of(parent, LayerReader.openAll(vault, indexes, parent));
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
     * Opens a snapshot by its id; see {@link #open(Manifest)}. What of it cannot be read here, or is damaged, is read from copies.
     *
     * @throws SnapshotGoneException if it does not exist
     */
    public SnapshotReader open(UUID databaseId, UUID snapshotId) {
        try {
            return open(find(databaseId, snapshotId).orElseThrow(() -> new SnapshotGoneException(snapshotId)));
        } catch (UnusableSnapshotException | SnapshotGoneException | StorageException e) {
            return openByCopies(databaseId, snapshotId, e);
        }
    }

    /** The same as it lies here, whatever copies have: what is to be proven of the repository, no copy proves. */
    public SnapshotReader openHere(UUID databaseId, UUID snapshotId) {
        var manifest = find(databaseId, snapshotId).orElseThrow(() -> new SnapshotGoneException(snapshotId));
        return withCurrent(manifest, current -> openAsIs(current, Set.of(), LayerReader::openAll, null));
    }

    /**
     * The same as one copy of the repository has it, and nothing else has: what is to be proven of a copy, only that copy proves.
     *
     * @param copy its name
     * @throws ProblemException COPY_NOT_FOUND when there is no such copy
     * @throws SnapshotGoneException if the copy has not got the snapshot
     */
    public SnapshotReader openOf(String copy, UUID databaseId, UUID snapshotId) {
        var place = copy(copy);
        var there = new Manifests(place, new Compactions(place));
        var manifest = there.findNow(databaseId, snapshotId).orElseThrow(() -> new SnapshotGoneException(snapshotId));
        return withCurrent(
                there,
                manifest,
                current -> openAsIs(
                        current,
                        Set.of(copy),
                        (_, _, opened) -> LayerReader.openAll(place, IndexCache.none(), opened),
                        null));
    }

    private Vault copy(String name) {
        return vault.copies().stream()
                .filter(copy -> copy.name().equals(name))
                .map(Vault.Copy::vault)
                .findFirst()
                .orElseThrow(() -> new ProblemException(Problem.of(
                        ProblemCode.COPY_NOT_FOUND,
                        "No copy of the repository is configured as '%s'".formatted(name))));
    }

    /** By the manifest that a copy of the repository has; its layers may lie anywhere. */
    private SnapshotReader openByCopies(UUID databaseId, UUID snapshotId, ProblemException failure) {
        for (var copy : vault.copies()) {
            try {
                var found = new Manifests(copy.vault(), new Compactions(copy.vault())).findNow(databaseId, snapshotId);
                if (found.isPresent()) {
                    return openAsIs(found.get(), Set.of(copy.name()), LayerReader::openAllAnywhere, copyReads);
                }
            } catch (UnusableSnapshotException | StorageException e) {
                failure.addSuppressed(e);
            }
        }
        throw failure;
    }

    /** How to open the layers of a snapshot. */
    @FunctionalInterface
    private interface Opening {
        List<LayerReader> of(Vault vault, IndexCache indexes, Manifest manifest);
    }

    private SnapshotReader openAsIs(
            Manifest manifest, Set<String> manifestFrom, Opening opening, @Nullable CopyReads reads) {
        var use = using(manifest);
        try {
            return open(manifest, use, manifestFrom, opening.of(vault, indexes, manifest), reads);
        } catch (Throwable e) {
            use.close();
            throw e;
        }
    }

    /**
     * Opens a snapshot; reads and proves the indexes of its layers, not its pages. The caller closes the reader.
     *
     * @throws SnapshotDamagedException if a layer is missing, or its index is not the one that the manifest names
     * @throws SnapshotGoneException if the snapshot was deleted since its manifest was read
     */
    public SnapshotReader open(Manifest manifest) {
        return withCurrent(manifest, current -> openAsIs(current, Set.of(), LayerReader::openAllAnywhere, copyReads));
    }

    private static SnapshotReader open(
            Manifest manifest,
            LayersInUse.Use use,
            Set<String> manifestFrom,
            List<LayerReader> opened,
            @Nullable CopyReads reads) {
        try {
            return new SnapshotReader(manifest, opened, use, manifestFrom, reads);
        } catch (Throwable e) { // memory outside the heap may be used up
            LayerPages.closeAll(opened);
            throw e;
        }
    }

    /**
     * Writes what can be proven of a damaged snapshot to a file that must not exist and that only its owner may read, and
     * syncs it to disk. A page counts as proven only by the rule of {@code docs/repository-format.md}, "Salvage": an older
     * version of a page never stands in for one that is lost. After a failure an incomplete file may be there; the caller
     * deletes it. Nothing in the repository is changed.
     *
     * @param progress told of pages written; begins anew when the snapshot turns out to be damaged; may throw to stop
     * @throws SnapshotGoneException if it does not exist
     * @throws SnapshotDamagedException if its manifest is damaged, or none of its pages can be proven
     * @throws UnwritableFileException when the file exists or cannot be written
     */
    public Salvaged salvage(UUID databaseId, UUID snapshotId, Path file, PageProgress progress) {
        var manifest = find(databaseId, snapshotId).orElseThrow(() -> new SnapshotGoneException(snapshotId));
        var salvaged = withCurrent(manifest, current -> salvage(current, file, progress));
        if (find(databaseId, snapshotId).isEmpty()) { // then its layers are not lost, but were deleted meanwhile
            throw new SnapshotGoneException(snapshotId);
        }
        return salvaged;
    }

    private Salvaged salvage(Manifest manifest, Path file, PageProgress progress) {
        try (var use = using(manifest)) {
            return new Salvage(vault, manifest, use).write(file, progress);
        }
    }

    /**
     * Proves what was stored for a snapshot without reading all of it. Each layer that it names is there, as the storage says; those that
     * nobody has proven before are read back from their first byte to their last, once, and their pages are what was captured; and each
     * page of the database is in a layer.
     *
     * @param proven layers of which somebody has read back all that this snapshot can need
     * @param progress told of pages read back; may throw to stop
     * @throws SnapshotDamagedException if anything is missing, or is not what was written
     * @throws SnapshotUnreadableException if anything cannot be read
     * @throws SnapshotGoneException if the snapshot was deleted since its manifest was read
     */
    public void proveStored(Manifest manifest, Set<UUID> proven, PageProgress progress) {
        withCurrent(manifest, current -> {
            try (var _ = using(current)) {
                layers.requireThereToProve(current);
                proveNew(current, proven, progress);
                return current;
            }
        });
    }

    private void proveNew(Manifest manifest, Set<UUID> proven, PageProgress progress) {
        var unproven = manifest.layers().stream()
                .filter(layer -> !proven.contains(layer.id()))
                .distinct()
                .toList();
        var opened = LayerReader.openAll(vault, indexes, manifest, layer -> !proven.contains(layer.id()));
        try {
            var readers = opened.stream()
                    .filter(reader -> unproven.contains(reader.layer()))
                    .toList();
            new StoredProof(manifest, opened).run(readers, progress);
        } finally {
            LayerPages.closeAll(opened);
        }
    }

    /** From here on its layers are not deleted here. */
    private LayersInUse.Use using(Manifest manifest) {
        var use = inUse.begin(manifest.databaseId());
        manifest.layers().forEach(layer -> use.add(layer.id()));
        return use;
    }

    /** Opens layers by a manifest that was read some time ago: since then it may have been deleted, or its layers compacted, more than once. */
    private <T> T withCurrent(Manifest manifest, Function<Manifest, T> open) {
        return withCurrent(manifests, manifest, open);
    }

    private static <T> T withCurrent(Manifests manifests, Manifest manifest, Function<Manifest, T> open) {
        var current = manifest;
        while (true) {
            try {
                return open.apply(current);
            } catch (SnapshotDamagedException e) {
                var now = manifests
                        .findNow(manifest.databaseId(), manifest.id())
                        .orElseThrow(() -> new SnapshotGoneException(manifest.id()));
                if (now.equals(current)) {
                    throw e;
                }
                current = now;
            }
        }
    }

    /** Layers of a database that somebody is about to bring back, so that nobody deletes them here before their manifests are there. */
    public LayersInUse.Use bringingBack(UUID databaseId) {
        return inUse.begin(databaseId);
    }

    /** The manifests of some snapshots of a database, but those that cannot be read: of these nothing is known. */
    public List<Manifest> readable(UUID databaseId, Collection<UUID> snapshotIds) {
        return snapshotIds.stream()
                .flatMap(id -> readable(databaseId, id).stream())
                .toList();
    }

    private Optional<Manifest> readable(UUID databaseId, UUID snapshotId) {
        try {
            return manifests.find(databaseId, snapshotId);
        } catch (UnusableSnapshotException e) {
            return Optional.empty(); // which layers it names is not known
        }
    }

    /**
     * Deletes snapshots of a database; none of an id is no error. Their layers stay, and readers that are open can go on.
     *
     * @throws StorageException.Unreachable if they cannot be deleted; those whose manifest is gone are gone themselves
     */
    public void delete(UUID databaseId, Collection<UUID> snapshotIds) {
        manifests.delete(databaseId, snapshotIds);
    }

    /**
     * Stores layers of a database that its snapshots only have together as one, where that saves space.
     *
     * @see Compactor#run
     */
    public Compacted compact(UUID databaseId, PageProgress progress) {
        storage.requireWritable();
        var expected = recorded.apply(databaseId); // first, since what is recorded meanwhile has its manifest
        return new Compactor(vault, indexes, manifests, compactions, layers, inUse).run(databaseId, expected, progress);
    }

    /** How long everybody leaves a layer that no manifest names. */
    public Duration grace() {
        return layers.grace();
    }

    /** @see UnnamedLayers#find */
    public Optional<List<Layers.Stored>> unnamedLayers(UUID databaseId) {
        return unnamed.find(databaseId);
    }

    /** @see UnnamedLayers#settle */
    public Optional<UnnamedLayers.Settled> settle(UUID databaseId, Collection<UUID> marked, Collection<UUID> due) {
        return unnamed.settle(databaseId, marked, due);
    }

    /** What opens it. */
    public Vault vault() {
        return vault;
    }

    /** Deletes temporary files of processes that died. */
    public void removeLeftovers() {
        storage.removeLeftovers();
    }

    /** The databases that have layers, whether manifests name these or not. */
    public List<UUID> databasesWithLayers() {
        return layers.databases();
    }

    /** The layers of a database, whether a manifest names them or not. */
    public List<Layers.Stored> layers(UUID databaseId) {
        return layers.list(databaseId);
    }

    /** The layers of a database that manifests name. What cannot be read as a manifest is passed over. */
    public Set<Layers.Named> namedLayers(UUID databaseId) {
        return manifests.list(databaseId).readable().stream()
                .flatMap(manifest -> manifest.layers().stream()
                        .map(layer -> new Layers.Named(databaseId, manifest.pageSize(), layer)))
                .collect(Collectors.toSet());
    }

    /**
     * Reads a whole layer, and tells what came of that.
     *
     * @param progress told of bytes read so far; may throw to stop
     * @throws dev.afterimage.problem.ProblemException STORAGE_UNREACHABLE when the storage is not there
     */
    public ObjectCondition condition(Layers.Named layer, LongConsumer progress) {
        return layers.condition(layer, progress);
    }

    /** The copies of catalogs that lie beside the snapshots. */
    public CatalogObjects catalogObjects() {
        return catalogObjects;
    }

    /** What the snapshots of a database take on the storage: its manifests and compactions, and its layers, whether a manifest names them or not. */
    public Usage usage(UUID databaseId) {
        return manifests.usage(databaseId).plus(compactions.usage(databaseId)).plus(layers.usage(databaseId));
    }

    /** What the log of a database takes besides. */
    public Usage logUsage(UUID databaseId) {
        return Usage.of(storage.list(ObjectKeys.segments(databaseId)));
    }

    /** The same of each database that has objects, by one walk through all of them. */
    public Map<UUID, DatabaseUsage> usages() {
        var usages = new TreeMap<UUID, DatabaseUsage>();
        for (var folder : List.of(ObjectKeys.MANIFESTS, ObjectKeys.COMPACTIONS, ObjectKeys.LAYERS, ObjectKeys.LOG)) {
            for (var object : storage.list(folder)) {
                var one = new Usage(1, object.bytes());
                var usage = folder.equals(ObjectKeys.LOG)
                        ? new DatabaseUsage(Usage.NONE, one)
                        : new DatabaseUsage(one, Usage.NONE);
                ObjectKeys.databaseId(folder, object.key())
                        .ifPresent(id -> usages.merge(id, usage, DatabaseUsage::plus));
            }
        }
        return usages;
    }

    /** Bytes of all that is stored, unfinished objects too; kept up to date by what is written and deleted here. */
    public long usedBytes() {
        return storage.usedBytes();
    }

    /** How many bytes more can be stored. */
    public long freeBytes() {
        return storage.freeBytes();
    }
}
