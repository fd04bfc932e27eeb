package dev.afterimage.repository.read;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Layers that must not be deleted although perhaps no manifest names them: a snapshot that is being written or read, for hours it
 * may be, relies on them. Counted within this process; of other processes nothing is known, they have the grace. Safe for several threads.
 */
public final class LayersInUse {

    private record Layer(UUID databaseId, UUID id) {}

    private final Map<Layer, Integer> uses = new ConcurrentHashMap<>();

    /** Begins to use layers of a database. The caller closes it. */
    public Use begin(UUID databaseId) {
        return new Use(databaseId);
    }

    /** Those of a database that are in use now. */
    public Set<UUID> of(UUID databaseId) {
        return uses.keySet().stream()
                .filter(layer -> layer.databaseId().equals(databaseId))
                .map(Layer::id)
                .collect(Collectors.toSet());
    }

    /** What one reader or writer uses. */
    public final class Use implements AutoCloseable {

        private final UUID databaseId;
        private final Map<Layer, Integer> own = new HashMap<>();

        private Use(UUID databaseId) {
            this.databaseId = databaseId;
        }

        public synchronized void add(UUID layerId) {
            var layer = new Layer(databaseId, layerId);
            own.merge(layer, 1, Integer::sum);
            uses.merge(layer, 1, Integer::sum);
        }

        /** Ends the use of all that was added. */
        @Override
        public synchronized void close() {
            own.forEach((layer, times) ->
                    uses.computeIfPresent(layer, (same, all) -> all.equals(times) ? null : all - times));
            own.clear();
        }
    }
}
