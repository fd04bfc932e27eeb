package dev.afterimage.backup;

import java.util.List;
import java.util.UUID;

/**
 * What a rebuild of the catalog from the repository has done, and what it met.
 *
 * @param databases that the catalog did not know, and knows now
 * @param snapshotsAdded snapshots that have a row now
 * @param unreadable manifests that cannot be read; their snapshots have no row, unless they had one
 * @param missing snapshots with a row whose manifest is gone; left as they were
 */
public record Rebuilt(List<Adopted> databases, int snapshotsAdded, List<Unreadable> unreadable, List<UUID> missing) {

    public Rebuilt {
        databases = List.copyOf(databases);
        unreadable = List.copyOf(unreadable);
        missing = List.copyOf(missing);
    }

    /**
     * A database as it was registered.
     *
     * @param name under which it is registered now
     * @param nameInRepository that its newest manifest says; another one than {@code name} where that was taken
     */
    public record Adopted(UUID id, String name, String nameInRepository, String path) {}

    /** A manifest that cannot be read, and why. */
    public record Unreadable(String manifest, String reason) {}
}
