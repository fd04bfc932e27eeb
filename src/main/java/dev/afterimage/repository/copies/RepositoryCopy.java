package dev.afterimage.repository.copies;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.objects.CatalogObject;
import dev.afterimage.repository.objects.Usage;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StorageIdentity;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A repository and a copy of it: what the copy lacks, and how it gets it. All is proven before it is sent, so damage does not spread, and an
 * object that others need is put before what needs it, so a copy that was interrupted has only whole snapshots. Nothing that is there is changed.
 */
public final class RepositoryCopy {

    private static final String KEYS = "keys/";
    static final int PIECE = 1 << 20;

    /** Far more than any manifest, compaction or key. */
    static final int MOST_OF_SMALL = 16 << 20;

    private final Vault source;
    private final Storage from;
    private final Storage to;

    /**
     * @param source the repository
     * @param to where the copy is, meant to be the same storage
     */
    public RepositoryCopy(Vault source, Storage to) {
        this.source = source;
        this.from = source.storage();
        this.to = to;
    }

    /**
     * Whether the place has this repository.
     *
     * @throws StorageException when it cannot be read, or has another repository
     */
    public boolean isThere() {
        if (to.asFound().identity().isEmpty()) {
            return false;
        }
        to.requirePresence();
        return true;
    }

    /**
     * Makes a copy without snapshots in a place where nothing is: the keys first, so that what has the identity can be opened. It can be called
     * again after a failure.
     *
     * @throws ProblemException STORAGE_UNREACHABLE when anything else lies there
     */
    public void make() {
        var identity = identity();
        var place = to.asFound();
        var foreign = place.list(KEYS).stream()
                .filter(key -> !isSame(key, place))
                .map(ObjectInfo::key)
                .findAny();
        if (foreign.isPresent() || !place.hasOnlyKeys()) {
            throw new ProblemException(
                    Problem.of(
                            ProblemCode.STORAGE_UNREACHABLE,
                            "The place of the copy has no repository.json, but objects: it is not empty, and not this repository"));
        }
        copyKeys(place);
        if (!place.identify(identity)) {
            to.requirePresence();
        }
        to.forget();
    }

    private StorageIdentity identity() {
        from.requirePresence();
        return from.identity()
                .orElseThrow(() -> new ProblemException(Problem.of(
                        ProblemCode.STORAGE_UNREACHABLE, "The repository has no identity that could be copied")));
    }

    private boolean isSame(ObjectInfo key, Storage place) {
        try {
            return Arrays.equals(from.read(key.key(), MOST_OF_SMALL), place.read(key.key(), MOST_OF_SMALL));
        } catch (StorageException.Missing e) {
            return false;
        }
    }

    /** Copies the keys that the copy lacks. */
    public void copyKeys() {
        copyKeys(to);
    }

    private void copyKeys(Storage place) {
        var there = keys(place.list(KEYS));
        for (var key : from.list(KEYS)) {
            if (!there.contains(key.key())) {
                put(place, key.key(), from.read(key.key(), MOST_OF_SMALL));
            }
        }
    }

    /** Deletes the keys that the repository has no more: each was looked for by its name, and another one opens the copy. */
    public void deleteKeys() {
        var there = keys(to.list(KEYS));
        var gone = there.stream().filter(this::isGone).toList();
        if (gone.size() < there.size()) {
            to.delete(gone);
        }
    }

    /** Deletes the copies of catalogs that the repository has no more, but none that is the newest of its kind there. */
    public void deleteCatalogs() {
        var there = to.list(ObjectKeys.CATALOG).stream()
                .flatMap(object -> CatalogObject.of(object.key(), object.bytes()).stream())
                .toList();
        to.delete(there.stream()
                .filter(one -> there.stream().anyMatch(other -> isNewer(other, one)))
                .map(CatalogObject::key)
                .filter(this::isGone)
                .toList());
    }

    private static boolean isNewer(CatalogObject copy, CatalogObject than) {
        return copy.catalogId().equals(than.catalogId())
                && copy.reason().equals(than.reason())
                && copy.takenAt().isAfter(than.takenAt());
    }

    private boolean isGone(String key) {
        try {
            from.size(key);
            return false;
        } catch (StorageException.Missing e) {
            return true;
        }
    }

    /** The databases of which the repository has anything. */
    public List<UUID> databases() {
        return databases(from);
    }

    /** The databases of which the copy has anything. */
    public List<UUID> databasesThere() {
        return databases(to);
    }

    private static List<UUID> databases(Storage storage) {
        var databases = new TreeSet<UUID>();
        for (var folder : List.of(ObjectKeys.MANIFESTS, ObjectKeys.COMPACTIONS, ObjectKeys.LAYERS)) {
            storage.folders(folder).stream()
                    .flatMap(name -> ObjectKeys.uuid(name).stream())
                    .forEach(databases::add);
        }
        return List.copyOf(databases);
    }

    /**
     * Compares the lists of both places. Of manifests only those are read that the copy lacks.
     *
     * @throws StorageException when either cannot be listed
     */
    public DatabaseCopy of(UUID databaseId) {
        return new DatabaseCopy(source, to, databaseId);
    }

    /**
     * Copies what the copies of catalogs are that this copy lacks.
     *
     * @return what is not as it was written, by its key
     */
    public Map<String, String> copyCatalogs(Runnable stopPoint) {
        var damaged = new LinkedHashMap<String, String>();
        var there = keys(to.list(ObjectKeys.CATALOG));
        for (var object : from.list(ObjectKeys.CATALOG)) {
            var copy = CatalogObject.of(object.key(), object.bytes());
            if (copy.isPresent() && !there.contains(object.key())) {
                stopPoint.run();
                try {
                    copy(copy.get());
                } catch (StorageException.Missing e) {
                    // Newer ones have taken its place meanwhile.
                } catch (IllegalArgumentException e) {
                    damaged.put(object.key(), String.valueOf(e.getMessage()));
                }
            }
        }
        return damaged;
    }

    private void copy(CatalogObject catalog) {
        try (var object = from.open(catalog.key());
                var copy = to.create()) {
            copy.restrictToOwner();
            var sha256 = new Sha256();
            var piece = ByteBuffer.allocate(PIECE);
            for (long position = 0; position < object.size(); position += PIECE) {
                object.read(position, piece.clear());
                sha256.update(piece.flip().duplicate());
                copy.write(piece);
            }
            if (!sha256.hex().equals(catalog.sha256())) {
                throw new IllegalArgumentException("it is not what was written");
            }
            copy.put(catalog.key());
        }
    }

    private static Set<String> keys(List<ObjectInfo> objects) {
        return objects.stream().map(ObjectInfo::key).collect(Collectors.toSet());
    }

    /** Puts a small object; what has the key already is the same. */
    static void put(Storage place, String key, byte[] bytes) {
        try (var object = place.create()) {
            object.write(ByteBuffer.wrap(bytes));
            object.put(key);
        }
    }

    /** Objects and bytes of the copy, by lists. */
    public Usage usage() {
        return Stream.of(KEYS, ObjectKeys.CATALOG, ObjectKeys.COMPACTIONS, ObjectKeys.LAYERS, ObjectKeys.MANIFESTS)
                .map(to::list)
                .map(Usage::of)
                .reduce(new Usage(0, 0), Usage::plus);
    }
}
