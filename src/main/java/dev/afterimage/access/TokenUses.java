package dev.afterimage.access;

import dev.afterimage.catalog.Catalog;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * When tokens were used last. Kept in memory and written once a minute and at the end, so that no request waits for the
 * catalog's writer because of it. Who dies in between forgets a minute at most.
 */
@Component
class TokenUses {

    private final Catalog catalog;
    private final Map<UUID, Instant> unwritten = new ConcurrentHashMap<>();

    TokenUses(Catalog catalog) {
        this.catalog = catalog;
    }

    void note(UUID tokenId, Instant time) {
        unwritten.merge(tokenId, time, (before, now) -> now.isAfter(before) ? now : before);
    }

    /** The newest that is known, given what is written. */
    @Nullable
    Instant last(UUID tokenId, @Nullable Instant written) {
        var noted = unwritten.get(tokenId);
        return noted == null ? written : Instant.ofEpochMilli(noted.toEpochMilli());
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

    private void write(UUID tokenId, Instant time) {
        catalog.update("UPDATE access_token SET last_used_at = :time WHERE id = :id")
                .param("time", time.toEpochMilli())
                .param("id", tokenId.toString())
                .update();
    }
}
