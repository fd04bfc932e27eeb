package dev.afterimage.repository.objects;

import dev.afterimage.repository.format.LayerRef;
import dev.afterimage.repository.format.Manifest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * All manifests of a database.
 *
 * @param readable oldest first, with the layers that there are now
 * @param unreadable those, and compactions, that are not what was written, or that this version cannot read
 * @param written the layers that manifests named when they were written
 * @param compactions by which the layers are those that there are now
 */
public record ManifestListing(
        List<Manifest> readable, List<Unreadable> unreadable, Set<UUID> written, Compactions.Found compactions) {

    public ManifestListing {
        readable = List.copyOf(readable);
        unreadable = List.copyOf(unreadable);
        written = Set.copyOf(written);
    }

    /**
     * An object among the manifests that cannot be read as one.
     *
     * @param key of the object in the storage
     * @param reason for people
     */
    public record Unreadable(String key, String reason) {}

    /** All of them, with what is expected among them; nothing when any cannot be read, or is not there. */
    public Optional<List<Manifest>> whole(Set<UUID> expected) {
        boolean whole = unreadable.isEmpty()
                && readable.stream()
                        .map(Manifest::id)
                        .collect(Collectors.toSet())
                        .containsAll(expected);
        return whole ? Optional.of(readable) : Optional.empty();
    }

    /** The layers that the readable ones have now. */
    Set<UUID> layers() {
        return readable.stream()
                .flatMap(manifest -> manifest.layers().stream())
                .map(LayerRef::id)
                .collect(Collectors.toSet());
    }
}
