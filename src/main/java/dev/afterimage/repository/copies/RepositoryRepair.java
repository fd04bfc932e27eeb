package dev.afterimage.repository.copies;

import dev.afterimage.bytes.Sha256;
import dev.afterimage.problem.ProblemException;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.log.Segments;
import dev.afterimage.repository.objects.CatalogObject;
import dev.afterimage.repository.objects.CatalogObjects;
import dev.afterimage.repository.objects.ObjectCondition;
import dev.afterimage.repository.read.LayersInUse;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.repository.seal.WrappedKey;
import dev.afterimage.storage.ObjectInfo;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import dev.afterimage.storage.StoredObject;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Brings back from copies what the repository has lost, byte for byte: all is proven before anything that is damaged goes. */
public final class RepositoryRepair {

    /**
     * Something that is missing or damaged, and that no copy has whole.
     *
     * @param databaseId null of a key or a copy of a catalog
     * @param found what is wrong with it, for people
     * @param snapshots that need it
     */
    public record Left(@Nullable UUID databaseId, String key, String found, List<UUID> snapshots) {

        public Left {
            snapshots = List.copyOf(snapshots);
        }
    }

    /** What was put back from a copy. */
    public record FromCopy(long objects, long bytes) {}

    private final Vault vault;
    private final Storage own;
    private final Clock clock;
    private final ObjectRepair objects;

    /**
     * @param copies in which to look, in this order
     * @param dryRun whether nothing is changed
     */
    public RepositoryRepair(Vault vault, List<Vault.Copy> copies, boolean dryRun, Clock clock) {
        this.vault = vault;
        this.own = vault.storage();
        this.clock = clock;
        this.objects = new ObjectRepair(own, copies, dryRun);
    }

    /** Those of these copies that are there; of the others {@code away} hears why not, by name. */
    public static List<Vault.Copy> there(List<Vault.Copy> copies, BiConsumer<String, ProblemException> away) {
        var there = new ArrayList<Vault.Copy>();
        for (var copy : copies) {
            try {
                copy.vault().storage().requirePresence();
                there.add(copy);
            } catch (StorageException e) {
                away.accept(copy.name(), e);
            }
        }
        return there;
    }

    /**
     * Puts back keys that are damaged; and all that copies have, when the repository has none any more. One that alone is missing may have been
     * removed, so it stays away.
     */
    public List<Left> keys() {
        var left = new ArrayList<Left>();
        int whole = 0;
        for (var key : own.list(Vault.KEYS)) {
            try {
                requireKey(key.key(), own.read(key.key(), RepositoryCopy.MOST_OF_SMALL));
                whole++;
            } catch (StorageException.Missing removedMeanwhile) {
                // It opens nothing any more.
            } catch (IllegalArgumentException | StorageException.Unreachable e) {
                own.requirePresence();
                if (!isKey(key)) {
                    continue;
                }
                if (repairKey(key.key(), true)) {
                    whole++;
                } else {
                    left.add(new Left(null, key.key(), String.valueOf(e.getMessage()), List.of()));
                }
            }
        }
        if (whole == 0 && vault.isSealed()) {
            objects.copies().stream().flatMap(RepositoryRepair::keys).distinct().forEach(key -> repairKey(key, false));
        }
        return left;
    }

    private static boolean isKey(ObjectInfo object) {
        return ObjectKeys.uuid(object.key().substring(Vault.KEYS.length())).isPresent();
    }

    private static Stream<String> keys(Vault.Copy copy) {
        try {
            return copy.vault().storage().list(Vault.KEYS).stream().map(ObjectInfo::key);
        } catch (StorageException e) {
            return Stream.of();
        }
    }

    private boolean repairKey(String key, boolean isThere) {
        return objects.repair(key, isThere, object -> requireKey(key, ObjectRepair.bytes(object)), _ -> {});
    }

    private void requireKey(String key, byte[] bytes) {
        var wrapped = WrappedKey.decode(bytes);
        var repository = own.identity();
        if (!key.equals(Vault.KEYS + wrapped.id())
                || repository
                        .filter(identity -> !identity.id().equals(wrapped.repository()))
                        .isPresent()) {
            throw new IllegalArgumentException(
                    "it is key %s of repository %s".formatted(wrapped.id(), wrapped.repository()));
        }
    }

    /** Puts back copies of catalogs that are damaged. One that is missing has newer ones in its place. */
    public List<Left> catalogs() {
        var left = new ArrayList<Left>();
        var catalogs = new CatalogObjects(vault, clock);
        for (var catalog : catalogs.list()) {
            var damage = switch (catalogs.condition(catalog)) {
                case ObjectCondition.Whole _ -> null;
                case ObjectCondition.Damaged damaged -> damaged.found();
                case ObjectCondition.Unreadable unreadable -> unreadable.reason();
            };
            if (damage != null
                    && catalogs.list().contains(catalog) // else a newer one has taken its place
                    && !objects.repair(catalog.key(), true, object -> prove(object, catalog), true, _ -> {})) {
                left.add(new Left(null, catalog.key(), damage, List.of()));
            }
        }
        return left;
    }

    private static void prove(StoredObject object, CatalogObject catalog) {
        var sha256 = new Sha256();
        var piece = ByteBuffer.allocate(RepositoryCopy.PIECE);
        for (long position = 0; position < object.size(); position += RepositoryCopy.PIECE) {
            object.read(position, piece.clear());
            sha256.update(piece.flip());
        }
        if (!sha256.hex().equals(catalog.sha256())) {
            throw new IllegalArgumentException("it is not what was written");
        }
    }

    /** The snapshots of a database that copies have. */
    public Set<UUID> snapshotsOfCopies(UUID databaseId) {
        var ids = new HashSet<UUID>();
        for (var copy : objects.copies()) {
            try {
                copy.vault().storage().list(ObjectKeys.manifests(databaseId)).stream()
                        .flatMap(object -> ObjectKeys.snapshotId(databaseId, object.key()).stream())
                        .forEach(ids::add);
            } catch (StorageException e) {
                // What cannot be listed has none to give, either.
            }
        }
        return ids;
    }

    /**
     * One database.
     *
     * @param expected its snapshots that must be there
     * @param use closed by the caller when all of it is done
     */
    public DatabaseRepair of(UUID databaseId, Set<UUID> expected, LayersInUse.Use use) {
        return new DatabaseRepair(vault, databaseId, expected, objects, use);
    }

    /** The databases that have a log in the repository, or in a copy. */
    public Set<UUID> databasesWithLogs() {
        var databases = new TreeSet<>(new Segments(vault).databases());
        for (var copy : objects.copies()) {
            try {
                databases.addAll(new Segments(copy.vault()).databases());
            } catch (StorageException e) {
                // What cannot be listed has none to give, either.
            }
        }
        return databases;
    }

    /**
     * The log of one database.
     *
     * @param cuts by chain, before which commit all was let go on purpose; asked for again and again
     */
    public LogRepair logOf(UUID databaseId, Supplier<Map<UUID, Long>> cuts) {
        return new LogRepair(vault, databaseId, objects, cuts);
    }

    /** What was put back so far, or would be, by the names of the copies that had it. */
    public Map<String, FromCopy> repaired() {
        var byCopy = new LinkedHashMap<String, FromCopy>();
        objects.repaired()
                .forEach(one -> byCopy.merge(
                        one.copy(),
                        new FromCopy(1, one.bytes()),
                        (some, more) -> new FromCopy(some.objects() + more.objects(), some.bytes() + more.bytes())));
        return byCopy;
    }
}
