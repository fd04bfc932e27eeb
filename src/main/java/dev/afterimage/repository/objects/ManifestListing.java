package dev.afterimage.repository.objects;

import dev.afterimage.repository.format.Manifest;
import java.util.List;

/**
 * All manifests of a database.
 *
 * @param readable oldest first
 * @param unreadable those that are not what was written, or that this version cannot read
 */
public record ManifestListing(List<Manifest> readable, List<Unreadable> unreadable) {

    public ManifestListing {
        readable = List.copyOf(readable);
        unreadable = List.copyOf(unreadable);
    }

    /**
     * An object among the manifests that cannot be read as one.
     *
     * @param key of the object in the storage
     * @param reason for people
     */
    public record Unreadable(String key, String reason) {}
}
