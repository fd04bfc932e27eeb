package dev.afterimage.repository.objects;

import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ManifestFile;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SnapshotDamagedException;
import dev.afterimage.repository.format.SnapshotUnreadableException;
import dev.afterimage.repository.read.Workers;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The manifests on a storage. */
public final class Manifests {

    /** Far more than any manifest; what is longer is none, and is not read. */
    private static final int MAX_BYTES = 16 << 20;

    private static final int READ_AT_ONCE = 16;

    private final Vault vault;
    private final Storage storage;
    private final Compactions compactions;

    /** @param compactions by which the layers of manifests are those that there are now */
    public Manifests(Vault vault, Compactions compactions) {
        this.vault = vault;
        this.compactions = compactions;
        this.storage = vault.storage();
    }

    /**
     * Puts a manifest, and returns it with its own size counted.
     *
     * @throws IllegalStateException if there is another one of that snapshot; it stays
     */
    public Manifest put(Manifest draft) {
        var manifest = countingItself(draft);
        var key = ObjectKeys.manifest(manifest.databaseId(), manifest.id());
        try (var object = storage.create()) {
            object.write(ByteBuffer.wrap(vault.codec().sealed(key, ManifestFile.encode(manifest))));
            if (!object.put(key)) {
                requireSame(manifest);
            }
        }
        return manifest;
    }

    /** An answer that was lost on its way may have been that it was put. */
    private void requireSame(Manifest manifest) {
        if (!written(manifest.databaseId(), manifest.id()).equals(Optional.of(manifest))) {
            throw new IllegalStateException("There is another snapshot " + manifest.id());
        }
    }

    /** The sizes in a manifest include its own, which depends on how many digits they have: grows until it fits. */
    private Manifest countingItself(Manifest draft) {
        var manifest = draft;
        long assumed = 0;
        long actual = storedBytes(manifest);
        while (actual != assumed) {
            assumed = actual;
            manifest = draft.plusOwn(assumed);
            actual = storedBytes(manifest);
        }
        return manifest;
    }

    private long storedBytes(Manifest manifest) {
        return vault.codec().storedBytes(ManifestFile.encode(manifest).length);
    }

    /**
     * With the layers that there were, as far as this process knows, when its database's compactions were last looked for.
     *
     * @throws SnapshotDamagedException if there is one, but not as it was written
     * @throws SnapshotUnreadableException if there is one, but it cannot be read
     */
    public Optional<Manifest> find(UUID databaseId, UUID snapshotId) {
        return written(databaseId, snapshotId).map(manifest -> applied(manifest, compactions.known(databaseId)));
    }

    /**
     * The same with the layers that there are now.
     *
     * @throws SnapshotUnreadableException also when that cannot be told
     */
    public Optional<Manifest> findNow(UUID databaseId, UUID snapshotId) {
        var found = written(databaseId, snapshotId);
        if (found.isEmpty()) {
            return found;
        }
        return found.map(this::now);
    }

    /** By the names of its layers too: a list that lacks a compaction makes the layers that it replaced look lost. */
    private Manifest now(Manifest written) {
        var manifest = written;
        Manifest before;
        do {
            before = manifest;
            manifest = applied(manifest, compactionsOf(manifest));
        } while (!manifest.equals(before));
        return manifest;
    }

    private Compactions.Found compactionsOf(Manifest manifest) {
        var found = foundCompactionsOf(manifest);
        if (found.away() != null) {
            throw new SnapshotUnreadableException(manifest.id(), null, found.away());
        }
        return found;
    }

    private Compactions.Found foundCompactionsOf(Manifest manifest) {
        try {
            return compactions.find(
                    manifest.databaseId(),
                    manifest.layers().stream().map(LayerRef::id).toList());
        } catch (StorageException.Unreachable e) {
            throw new SnapshotUnreadableException(manifest.id(), null, e);
        }
    }

    private static Manifest applied(Manifest manifest, Compactions.Found compactions) {
        try {
            return compactions.applied(manifest);
        } catch (IllegalArgumentException e) {
            throw new SnapshotDamagedException(manifest.id(), null, String.valueOf(e.getMessage()), e);
        }
    }

    private Optional<Manifest> written(UUID databaseId, UUID snapshotId) {
        try {
            return Optional.of(read(databaseId, snapshotId));
        } catch (StorageException.Missing e) {
            return Optional.empty();
        } catch (StorageException.Unreachable e) {
            throw new SnapshotUnreadableException(snapshotId, null, e);
        }
    }

    public ManifestListing list(UUID databaseId) {
        var known = compactions.find(databaseId);
        var readable = new ArrayList<Manifest>();
        var unreadable = new ArrayList<>(known.unreadable());
        var written = new HashSet<UUID>();
        var snapshotIds = new ArrayList<UUID>();
        for (var object : storage.list(ObjectKeys.manifests(databaseId))) {
            ObjectKeys.snapshotId(databaseId, object.key())
                    .ifPresentOrElse(
                            snapshotIds::add,
                            () -> unreadable.add(
                                    new ManifestListing.Unreadable(object.key(), "it has no manifest's name")));
        }
        eachWritten(databaseId, snapshotIds, (snapshotId, found) -> {
            var key = ObjectKeys.manifest(databaseId, snapshotId);
            try {
                found.get().ifPresent(manifest -> {
                    manifest.layers().forEach(layer -> written.add(layer.id()));
                    readable.add(applied(manifest, known));
                });
            } catch (SnapshotDamagedException e) {
                unreadable.add(new ManifestListing.Unreadable(key, e.found()));
            } catch (SnapshotUnreadableException e) {
                unreadable.add(new ManifestListing.Unreadable(key, e.reason()));
            }
        });
        readable.sort(Comparator.comparingLong(Manifest::place).thenComparing(Manifest::id));
        return new ManifestListing(readable, unreadable, written, known);
    }

    /** One after the other to the caller, but several are read at a time where each takes a round trip. */
    private void eachWritten(
            UUID databaseId, List<UUID> snapshotIds, BiConsumer<UUID, Supplier<Optional<Manifest>>> taker) {
        if (storage.isNear() || snapshotIds.size() < 2) {
            snapshotIds.forEach(id -> taker.accept(id, () -> written(databaseId, id)));
            return;
        }
        try (var workers = Workers.ofThreads(READ_AT_ONCE, "manifest-reader-")) {
            var reads = new LinkedHashMap<UUID, Future<Optional<Manifest>>>();
            snapshotIds.forEach(id -> reads.put(id, workers.submit(() -> written(databaseId, id))));
            reads.forEach((id, read) -> taker.accept(id, () -> Workers.await(read)));
        }
    }

    /** Ids of a database's snapshots, as the names of their manifests say; none is read. */
    public Set<UUID> ids(UUID databaseId) {
        return storage.list(ObjectKeys.manifests(databaseId)).stream()
                .flatMap(object -> ObjectKeys.snapshotId(databaseId, object.key()).stream())
                .collect(Collectors.toSet());
    }

    public Usage usage(UUID databaseId) {
        return Usage.of(storage.list(ObjectKeys.manifests(databaseId)));
    }

    private Manifest read(UUID databaseId, UUID snapshotId) {
        var key = ObjectKeys.manifest(databaseId, snapshotId);
        try {
            var manifest = ManifestFile.decode(vault.codec().opened(key, storage.read(key, MAX_BYTES)));
            if (!manifest.id().equals(snapshotId) || !manifest.databaseId().equals(databaseId)) {
                throw new IllegalArgumentException("it is the manifest of snapshot %s of database %s"
                        .formatted(manifest.id(), manifest.databaseId()));
            }
            return manifest;
        } catch (IllegalArgumentException e) {
            throw new SnapshotDamagedException(snapshotId, null, String.valueOf(e.getMessage()), e);
        }
    }

    public List<UUID> databases() {
        return storage.folders(ObjectKeys.MANIFESTS).stream()
                .flatMap(folder -> ObjectKeys.uuid(folder).stream())
                .toList();
    }

    public void delete(UUID databaseId, Collection<UUID> snapshotIds) {
        storage.delete(snapshotIds.stream()
                .map(id -> ObjectKeys.manifest(databaseId, id))
                .toList());
    }
}
