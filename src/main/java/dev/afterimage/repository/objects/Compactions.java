package dev.afterimage.repository.objects;

import dev.afterimage.repository.format.Compaction;
import dev.afterimage.repository.format.CompactionFile;
import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import dev.afterimage.repository.format.ObjectKeys;
import dev.afterimage.repository.seal.Vault;
import dev.afterimage.storage.Storage;
import dev.afterimage.storage.StorageException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The compactions on a storage. Manifests never change: what became of the layers that they name is told here. Those of a database are read
 * when they are needed first, and whenever all of its manifests are.
 */
public final class Compactions {

    /** Far more than any has; what is longer is none, and is not read. */
    private static final int MAX_BYTES = 1 << 20;

    private final Vault vault;
    private final Storage storage;
    private final Map<UUID, Found> known = new ConcurrentHashMap<>();

    public Compactions(Vault vault) {
        this.vault = vault;
        this.storage = vault.storage();
    }

    /**
     * Those of a database.
     *
     * @param byFirst by the first of the layers
     * @param unreadable objects that cannot be read as one
     * @param away why one of these could not be read at all; null where all could
     */
    public record Found(
            Map<UUID, Compaction> byFirst,
            List<ManifestListing.Unreadable> unreadable,
            StorageException.@Nullable Unreachable away) {

        /** The manifest with the layers that there are now. */
        public Manifest applied(Manifest manifest) {
            List<LayerRef> layers = manifest.layers();
            int place = 0;
            while (place < layers.size()) {
                var compaction = byFirst.get(layers.get(place).id());
                if (compaction != null && compaction.isAt(place, layers)) {
                    layers = compaction.appliedAt(place, layers);
                    place = 0; // what it became may have been compacted later, with what lies before it too
                } else {
                    place++;
                }
            }
            return manifest.withLayers(layers);
        }

        /**
         * Those that somebody may need who is about to name the layers that they replaced: these are all still there, so that he has looked for
         * them and found them.
         */
        private List<Compaction> replacing(Set<UUID> stored) {
            return byFirst.values().stream()
                    .filter(compaction -> stored.containsAll(compaction.layers()))
                    .toList();
        }

        /** The layers that take the place of others which are all still there. */
        Set<UUID> standIns(Set<UUID> stored) {
            return replacing(stored).stream()
                    .map(compaction -> compaction.into().id())
                    .collect(Collectors.toSet());
        }

        /**
         * The first layers of those that nobody needs any more.
         *
         * @param written all layers that manifests of the database named when they were written
         * @param stored the layers that there were before these manifests were listed
         */
        Set<UUID> unneeded(Set<UUID> written, Set<UUID> stored) {
            var named = new HashSet<>(written);
            replacing(stored).forEach(compaction -> named.add(compaction.first()));
            var unneeded = new HashMap<>(byFirst);
            while (unneeded.values().removeIf(compaction -> named.contains(compaction.first()))) {
                byFirst.values().stream()
                        .filter(compaction -> named.contains(compaction.first()))
                        .forEach(compaction ->
                                named.add(compaction.into().id())); // by which a later one may have its name
            }
            return unneeded.keySet();
        }
    }

    /** What was last found. One that was made since by another process may be missing. */
    public Found known(UUID databaseId) {
        var found = known.get(databaseId);
        return found == null ? find(databaseId) : found;
    }

    /**
     * Those that are there now.
     *
     * @throws StorageException.Unreachable when they cannot be listed
     */
    public Found find(UUID databaseId) {
        var byFirst = new HashMap<UUID, Compaction>();
        var unreadable = new ArrayList<ManifestListing.Unreadable>();
        StorageException.@Nullable Unreachable away = null;
        for (var object : storage.list(ObjectKeys.compactions(databaseId))) {
            try {
                var compaction = read(databaseId, object.key());
                byFirst.put(compaction.first(), compaction);
            } catch (StorageException.Missing deletedMeanwhile) {
                // What no manifest needs is not needed here either.
            } catch (IllegalArgumentException e) {
                unreadable.add(new ManifestListing.Unreadable(object.key(), String.valueOf(e.getMessage())));
            } catch (StorageException.Unreachable e) {
                away = e;
                unreadable.add(new ManifestListing.Unreadable(object.key(), String.valueOf(e.getMessage())));
            }
        }
        var found = new Found(Map.copyOf(byFirst), List.copyOf(unreadable), away);
        known.put(databaseId, found);
        return found;
    }

    /**
     * The same, and those of these layers' names that a list may have left out.
     *
     * @param firsts that may each be the first layer of one
     * @throws StorageException.Unreachable when that cannot be told
     */
    Found find(UUID databaseId, Collection<UUID> firsts) {
        var listed = find(databaseId);
        var byFirst = new HashMap<>(listed.byFirst());
        for (var first : firsts) {
            if (!byFirst.containsKey(first)) {
                named(databaseId, first).ifPresent(compaction -> byFirst.put(first, compaction));
            }
        }
        var found = new Found(Map.copyOf(byFirst), listed.unreadable(), listed.away());
        known.put(databaseId, found);
        return found;
    }

    private Optional<Compaction> named(UUID databaseId, UUID first) {
        try {
            return Optional.of(read(databaseId, ObjectKeys.compaction(databaseId, first)));
        } catch (StorageException.Missing e) {
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // it is among the unreadable ones, if it was listed
        }
    }

    private Compaction read(UUID databaseId, String key) {
        var compaction = CompactionFile.decode(vault.codec().opened(key, storage.read(key, MAX_BYTES)));
        if (!key.equals(ObjectKeys.compaction(compaction.databaseId(), compaction.first()))
                || !compaction.databaseId().equals(databaseId)) {
            throw new IllegalArgumentException("it is the compaction of layer %s of database %s"
                    .formatted(compaction.first(), compaction.databaseId()));
        }
        return compaction;
    }

    /**
     * From here on its layers are needed no more, but the one that they became, which must be there.
     *
     * @return false when there is one of the same first layer, which stays
     * @throws StorageException when it cannot be put; it may be there
     */
    public boolean put(Compaction compaction) {
        var key = ObjectKeys.compaction(compaction.databaseId(), compaction.first());
        try (var object = storage.create()) {
            object.write(ByteBuffer.wrap(vault.codec().sealed(key, CompactionFile.encode(compaction))));
            return object.put(key);
        }
    }

    /** How many bytes it takes itself. */
    public long bytes(Compaction compaction) {
        return vault.codec().storedBytes(CompactionFile.encode(compaction).length);
    }

    /** @param firsts of each the first layer */
    public void delete(UUID databaseId, Collection<UUID> firsts) {
        if (!firsts.isEmpty()) {
            storage.delete(firsts.stream()
                    .map(first -> ObjectKeys.compaction(databaseId, first))
                    .toList());
            known.remove(databaseId);
        }
    }

    public Usage usage(UUID databaseId) {
        return Usage.of(storage.list(ObjectKeys.compactions(databaseId)));
    }

    /** Another repository has taken the place. */
    public void forget() {
        known.clear();
    }
}
