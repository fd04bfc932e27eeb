package dev.afterimage.repository.copies;

import dev.afterimage.repository.objects.Usage;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** A repository and a copy of it side by side, by one list of each kind of object in either place. */
public final class SideBySide {

    private final RepositoryCopy copy;
    private final Inventory source;
    private final Inventory there;

    SideBySide(RepositoryCopy copy, Inventory there, Inventory source) {
        this.copy = copy;
        this.source = source;
        this.there = there;
    }

    /** The databases of which the copy has anything. */
    public Set<UUID> databasesThere() {
        return there.databases();
    }

    /** The snapshots of a database that the copy has. */
    public Set<UUID> snapshotsThere(UUID databaseId) {
        return Set.copyOf(there.of(databaseId).snapshots());
    }

    /** Whether the repository has the manifest of a snapshot, as its list says. */
    public boolean isInRepository(UUID databaseId, UUID snapshotId) {
        return source.of(databaseId).snapshots().contains(snapshotId);
    }

    /** The layers of a database that the copy has, with their bytes. */
    public Map<UUID, Long> layersThere(UUID databaseId) {
        return Map.copyOf(there.of(databaseId).layers());
    }

    /** What the copy has, keys and copies of catalogs apart. */
    public Usage usageThere() {
        return there.usage();
    }

    /**
     * The databases of which the copy lacks anything, with that.
     *
     * @param unwanted snapshots that are not to be copied, by database
     * @throws dev.afterimage.storage.StorageException when the repository cannot be read
     */
    public List<UUID> databasesLacking(Map<UUID, Set<UUID>> unwanted) {
        return source.databases().stream()
                .filter(id -> !missing(id, unwanted.getOrDefault(id, Set.of())).isEmpty()
                        || !there.of(id).compactions().containsAll(source.of(id).compactions())
                        || !there.of(id)
                                .layers()
                                .entrySet()
                                .containsAll(source.of(id).layers().entrySet()))
                .toList();
    }

    private Set<UUID> missing(UUID databaseId, Set<UUID> unwanted) {
        var missing = new HashSet<>(source.of(databaseId).snapshots());
        missing.removeAll(there.of(databaseId).snapshots());
        missing.removeAll(unwanted);
        return missing;
    }

    /**
     * What the copy lacks of one. Manifests that it has are read only where it lacks layers that the others do not name: it may have lost these, or
     * never needed them.
     */
    public DatabaseCopy lacking(UUID databaseId, Set<UUID> unwanted) {
        var staying = new HashSet<>(source.of(databaseId).snapshots());
        staying.retainAll(there.of(databaseId).snapshots());
        staying.removeAll(unwanted);
        return copy.of(
                databaseId,
                missing(databaseId, unwanted),
                staying,
                there.of(databaseId),
                source.of(databaseId).layers());
    }

    /** Databases of which the copy has layers that the repository has not: no manifest there may name these. */
    public Set<UUID> databasesWithOtherLayers() {
        var databases = new HashSet<UUID>();
        for (var id : there.databases()) {
            if (!source.of(id)
                    .layers()
                    .keySet()
                    .containsAll(there.of(id).layers().keySet())) {
                databases.add(id);
            }
        }
        return databases;
    }
}
