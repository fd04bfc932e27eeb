package dev.afterimage.repository.objects;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Layers that must not be deleted although perhaps no manifest names them: a snapshot that is being written, for hours it
 * may be, relies on them. Counted within this process. Safe for several threads.
 */
public final class LayersInUse {

    private record Layer(UUID databaseId, String id) {}

    private final Map<Layer, Integer> uses = new HashMap<>();

    /**
     * Held while layers begin or cease to be in use, and while unnamed ones are looked for and deleted: so whoever deletes
     * sees either the use or the manifest that was published before it ended.
     */
    private final ReentrantLock lock = new ReentrantLock();

    /** Begins to use layers of a database. The caller closes it. */
    public Use begin(UUID databaseId) {
        return new Use(databaseId);
    }

    /** Runs something, during which no use begins or ends, and returns what comes of it. */
    public <T> T unchangedDuring(Supplier<T> action) {
        lock.lock();
        try {
            return action.get();
        } finally {
            lock.unlock();
        }
    }

    boolean contains(UUID databaseId, String layerId) {
        lock.lock();
        try {
            return uses.containsKey(new Layer(databaseId, layerId));
        } finally {
            lock.unlock();
        }
    }

    /** What one writer uses. */
    public final class Use implements AutoCloseable {

        private final UUID databaseId;
        private final Map<Layer, Integer> own = new HashMap<>();

        private Use(UUID databaseId) {
            this.databaseId = databaseId;
        }

        public void add(String layerId) {
            var layer = new Layer(databaseId, layerId);
            lock.lock();
            try {
                own.merge(layer, 1, Integer::sum);
                uses.merge(layer, 1, Integer::sum);
            } finally {
                lock.unlock();
            }
        }

        /** Ends the use of all that was added. */
        @Override
        public void close() {
            lock.lock();
            try {
                own.forEach((layer, times) ->
                        uses.computeIfPresent(layer, (same, all) -> all.equals(times) ? null : all - times));
                own.clear();
            } finally {
                lock.unlock();
            }
        }
    }
}
