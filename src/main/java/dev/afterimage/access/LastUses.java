package dev.afterimage.access;

import dev.afterimage.catalog.Catalog;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * When tokens, or sessions, were used last. Kept in memory and written once a minute and at the end, so that no request waits for the
 * catalog's writer because of it. Who dies in between forgets a minute at most. Safe for several threads.
 */
final class LastUses {

    private final Catalog catalog;
    private final String update;
    private final Map<String, Instant> unwritten = new ConcurrentHashMap<>();

    /** @param update writes {@code :time}, in milliseconds since 1970, for a {@code :key} */
    LastUses(Catalog catalog, String update) {
        this.catalog = catalog;
        this.update = update;
    }

    void note(String key, Instant time) {
        unwritten.merge(
                key, Instant.ofEpochMilli(time.toEpochMilli()), (before, now) -> now.isAfter(before) ? now : before);
    }

    /** The newest that is known, given what is written. */
    @Nullable
    Instant last(String key, @Nullable Instant written) {
        return unwritten.getOrDefault(key, written);
    }

    /** Of what there is no more. */
    void forget(String key) {
        unwritten.remove(key);
    }

    /** Writes what is not written yet. */
    void write() {
        var uses = Map.copyOf(unwritten);
        if (!uses.isEmpty()) {
            catalog.inTransaction(() -> {
                uses.forEach(this::write);
                return uses.size();
            });
            uses.forEach(unwritten::remove); // what was used again meanwhile stays
        }
    }

    private void write(String key, Instant time) {
        catalog.update(update)
                .param("time", time.toEpochMilli())
                .param("key", key)
                .update();
    }
}
