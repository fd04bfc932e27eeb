package dev.afterimage.repository.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * Layers that lie next to each other in all manifests that name any of them, and the layer that has taken their place: of each of their pages
 * the newest version. See {@code docs/repository-format.md}, "Compaction".
 *
 * @param databaseId whose layers these are
 * @param layers at least two, the oldest first
 * @param into what they are now
 */
public record Compaction(UUID databaseId, List<UUID> layers, LayerRef into) {

    public Compaction {
        Objects.requireNonNull(databaseId, "databaseId");
        Objects.requireNonNull(into, "into");
        layers = List.copyOf(layers);
        if (layers.size() < 2 || layers.contains(into.id())) {
            throw new IllegalArgumentException("the compaction of %s into %s".formatted(layers, into.id()));
        }
    }

    /** The oldest of the layers, by which it has its name. */
    public UUID first() {
        return layers.getFirst();
    }

    /** Whether its layers lie in that place. */
    public boolean isAt(int place, List<LayerRef> among) {
        if (place + layers.size() > among.size()) {
            return false;
        }
        for (int i = 0; i < layers.size(); i++) {
            if (!among.get(place + i).id().equals(layers.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** The same layers with what they are now in that place. */
    public List<LayerRef> appliedAt(int place, List<LayerRef> among) {
        var now = new ArrayList<>(among);
        var replaced = now.subList(place, place + layers.size());
        replaced.clear();
        replaced.add(into);
        return now;
    }
}
