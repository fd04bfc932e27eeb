package dev.afterimage.recovery;

import dev.afterimage.catalog.LostCatalog;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a rebuild of the catalog from the repository has done, and what it met.
 *
 * @param databases that the catalog did not know, and knows now
 * @param snapshotsAdded snapshots that have a row now
 * @param unreadable manifests that cannot be read; their snapshots have no row, unless they had one
 * @param missing snapshots with a row whose manifest is gone; left as they were
 * @param broughtBack what was set, from a copy of the catalog that was lost; null when there was no such copy
 * @param passedOver newer copies that could not be used
 */
public record Rebuilt(
        List<Adopted> databases,
        int snapshotsAdded,
        List<Unreadable> unreadable,
        List<UUID> missing,
        @Nullable BroughtBack broughtBack,
        List<PassedOver> passedOver) {

    public Rebuilt {
        databases = List.copyOf(databases);
        unreadable = List.copyOf(unreadable);
        missing = List.copyOf(missing);
        passedOver = List.copyOf(passedOver);
    }

    /** What a copy of a catalog had and this one had not. */
    public record BroughtBack(String copy, Instant takenAt, LostCatalog.Settings settings) {}

    /** A copy of a catalog that cannot be used, and why. */
    public record PassedOver(String copy, String reason) {}

    /**
     * A database as it was registered.
     *
     * @param name under which it is registered now
     * @param nameInRepository that the copy of the catalog or, where that has not got it, its newest manifest says; another one than {@code name} where that was taken
     */
    public record Adopted(UUID id, String name, String nameInRepository, String path) {}

    /** A manifest that cannot be read, and why. */
    public record Unreadable(String manifest, String reason) {}
}
