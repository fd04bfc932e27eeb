package dev.afterimage.repository.objects;

import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What a sweep did.
 *
 * @param deletedLayers layers that no manifest names, now gone
 * @param deletedBytes of those layers
 * @param youngLayers layers that no manifest names yet, kept because they are younger than the grace
 * @param skipped databases of which all layers were kept, because a manifest cannot be read, or one or the directory of all of them
 *     is not there
 */
public record Sweep(int deletedLayers, long deletedBytes, int youngLayers, List<UUID> skipped) {

    public static final Sweep NOTHING = new Sweep(0, 0, 0, List.of());

    public Sweep {
        skipped = List.copyOf(skipped);
    }

    static Sweep skipping(UUID databaseId) {
        return new Sweep(0, 0, 0, List.of(databaseId));
    }

    public Sweep plus(Sweep other) {
        return new Sweep(
                deletedLayers + other.deletedLayers,
                deletedBytes + other.deletedBytes,
                youngLayers + other.youngLayers,
                Stream.concat(skipped.stream(), other.skipped.stream()).toList());
    }
}
