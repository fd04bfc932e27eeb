package dev.afterimage.repository.copies;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.format.SegmentName;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.objects.CatalogObject;
import dev.afterimage.repository.objects.Usage;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Rate;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StorageIdentity;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

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
    private final Rate rate;
    private final LongConsumer onPut;
    private Usage keysThere = new Usage(0, 0);
    private Usage catalogsThere = new Usage(0, 0);
    private final AtomicInteger objectsPut = new AtomicInteger();
    private final AtomicLong bytesPut = new AtomicLong();

    /**
     * @param source the repository
     * @param to where the copy is, meant to be the same storage
     * @param rate at which the repository is read
     * @param onPut told of the bytes of each object that was put, by several threads
     */
    public RepositoryCopy(Vault source, Storage to, Rate rate, LongConsumer onPut) {
        this.source = source;
        this.from = source.storage();
        this.to = to;
        this.rate = rate;
        this.onPut = onPut;
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
        copyKeys(place, keys(place.list(KEYS)));
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

    /**
     * Copies the keys that the copy lacks.
     *
     * @param delete whether those go that the repository has no more: each was looked for by its name, and another one opens the copy by what
     *     is configured
     * @return why not, of those that should go and do not, by their keys
     */
    public Map<String, String> copyKeys(boolean delete) {
        var left = new LinkedHashMap<String, String>();
        var there = to.list(KEYS);
        keysThere = Usage.of(there);
        var inRepository = copyKeys(to, keys(there));
        if (delete) {
            var gone = keys(there).stream()
                    .filter(key -> !inRepository.contains(key) && isGone(key))
                    .toList();
            if (gone.size() < there.size()) {
                gone.forEach(key -> delete(key).ifPresent(reason -> left.put(key, reason)));
            }
        }
        return left;
    }

    /** Damage in the key that took its place may have come along, and shows only when that is tried. */
    private Optional<String> delete(String key) {
        var id = ObjectKeys.uuid(key.substring(KEYS.length()));
        if (id.isEmpty()) {
            to.delete(List.of(key));
            return Optional.empty();
        }
        try {
            source.at(to).removeKey(id.get());
            return Optional.empty();
        } catch (StorageException e) {
            throw e;
        } catch (ProblemException e) {
            return Optional.of("it is not in the repository any more, and stays in the copy: " + e.getMessage());
        }
    }

    private Set<String> copyKeys(Storage place, Set<String> there) {
        var inRepository = keys(from.list(KEYS));
        for (var key : inRepository) {
            if (!there.contains(key)) {
                put(place, key, from.read(key, MOST_OF_SMALL));
            }
        }
        return inRepository;
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

    /**
     * Lists both places.
     *
     * @throws StorageException when either cannot be listed
     */
    public SideBySide compare() {
        var there = new Inventory(to); // first: of what is listed there the repository's list lacks only what it lacks
        return new SideBySide(this, there, new Inventory(from));
    }

    DatabaseCopy of(UUID databaseId, Set<UUID> missing, Inventory.OfDatabase there) {
        return new DatabaseCopy(source, this, databaseId, missing, there);
    }

    DatabaseCopy of(
            UUID databaseId,
            Set<UUID> missing,
            Set<UUID> staying,
            Inventory.OfDatabase there,
            Map<UUID, Long> inRepository) {
        return new DatabaseCopy(source, this, databaseId, missing, staying, there, inRepository);
    }

    /**
     * Of one database, for some of its snapshots that the copy lacks: the place is listed for its layers and compactions alone.
     *
     * @throws StorageException when it cannot be listed
     */
    public DatabaseCopy of(UUID databaseId, Set<UUID> missing) {
        return of(
                databaseId,
                missing,
                new Inventory.OfDatabase(
                        new HashSet<>(),
                        Inventory.OfDatabase.layers(to, databaseId),
                        Inventory.OfDatabase.compactions(to, databaseId)));
    }

    /** The databases of which the repository has a log; costs one list of folders. */
    public List<UUID> databasesWithLogs() {
        return new Segments(source).databases();
    }

    /**
     * The log of one database in both places.
     *
     * @param cuts by chain, before which commit all was let go on purpose
     * @throws StorageException when either cannot be listed
     */
    public LogCopy logOf(UUID databaseId, Map<UUID, Long> cuts) {
        return LogCopy.byLists(source, this, databaseId, cuts);
    }

    /**
     * The same of segments that the copy lacks, without a list.
     *
     * @param lacking with their bytes
     */
    public LogCopy logOf(UUID databaseId, Map<UUID, Long> cuts, Map<SegmentName, Long> lacking) {
        return LogCopy.of(source, this, databaseId, cuts, lacking);
    }

    /**
     * Copies what the copies of catalogs are that this copy lacks.
     *
     * @param delete whether those go that the repository has no more, but none that is the newest of its kind there
     * @return what is not as it was written, by its key
     */
    public Map<String, String> copyCatalogs(boolean delete, Runnable stopPoint) {
        var damaged = new LinkedHashMap<String, String>();
        var listed = to.list(ObjectKeys.CATALOG);
        catalogsThere = Usage.of(listed);
        var there = keys(listed);
        var inRepository = from.list(ObjectKeys.CATALOG);
        for (var object : inRepository) {
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
        if (delete) {
            deleteCatalogs(listed, keys(inRepository));
        }
        return damaged;
    }

    private void deleteCatalogs(List<ObjectInfo> listed, Set<String> inRepository) {
        var there = listed.stream()
                .flatMap(object -> CatalogObject.of(object.key(), object.bytes()).stream())
                .toList();
        var gone = there.stream()
                .filter(one -> there.stream().anyMatch(other -> isNewer(other, one)))
                .map(CatalogObject::key)
                .filter(key -> !inRepository.contains(key) && isGone(key))
                .toList();
        if (!gone.isEmpty()) {
            to.delete(gone);
        }
    }

    private void copy(CatalogObject catalog) {
        try (var object = from.open(catalog.key());
                var copy = to.create()) {
            copy.restrictToOwner();
            var sha256 = new Sha256();
            var piece = ByteBuffer.allocate(PIECE);
            for (long position = 0; position < object.size(); position += PIECE) {
                object.read(position, piece.clear());
                rate.take(piece.position());
                sha256.update(piece.flip().duplicate());
                copy.write(piece);
            }
            if (!sha256.hex().equals(catalog.sha256())) {
                throw new IllegalArgumentException("it is not what was written");
            }
            copy.put(catalog.key());
            count(object.size());
        }
    }

    private static Set<String> keys(List<ObjectInfo> objects) {
        return objects.stream().map(ObjectInfo::key).collect(Collectors.toSet());
    }

    /** Puts a small object; what has the key already is the same. */
    private void put(Storage place, String key, byte[] bytes) {
        try (var object = place.create()) {
            object.write(ByteBuffer.wrap(bytes));
            if (object.put(key)) {
                count(bytes.length);
            }
        }
    }

    void put(String key, byte[] bytes) {
        put(to, key, bytes);
    }

    /** Waits until so many bytes more may have been read; {@code meanwhile} may throw to stop. */
    void isRead(long bytes, Runnable meanwhile) {
        rate.take(bytes, meanwhile);
    }

    Storage to() {
        return to;
    }

    /** An object was put. */
    void count(long bytes) {
        objectsPut.incrementAndGet();
        bytesPut.addAndGet(bytes);
        onPut.accept(bytes);
    }

    /** Keys and copies of catalogs that the copy had when these were copied. */
    public Usage usageOfSmall() {
        return keysThere.plus(catalogsThere);
    }

    /** What was put so far. */
    public Usage put() {
        return new Usage(objectsPut.get(), bytesPut.get());
    }
}
