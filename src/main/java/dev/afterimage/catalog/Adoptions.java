package dev.afterimage.catalog;

import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Which repository this catalog is about: its rows of snapshots mean those of that one, and of no other. */
@Component
public class Adoptions {

    private final Catalog catalog;
    private final Clock clock;
    private volatile @Nullable UUID current;

    Adoptions(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** The id of the repository; nothing as long as none was made or adopted. Costs nothing. */
    public Optional<UUID> current() {
        var known = current;
        if (known == null) {
            known = last("adopted_at IS NOT NULL");
            current = known;
        }
        return Optional.ofNullable(known);
    }

    /** The id of one that is about to be made, or was when the process died. */
    public Optional<UUID> begun() {
        return Optional.ofNullable(last("adopted_at IS NULL"));
    }

    private @Nullable UUID last(String condition) {
        return catalog.query(
                        "SELECT repository_id FROM adoption WHERE %s ORDER BY number DESC LIMIT 1".formatted(condition))
                .query(String.class)
                .optional()
                .map(UUID::fromString)
                .orElse(null);
    }

    /** Notes which one is about to be made: should the process die, the next start knows it for its own. */
    public void begin(UUID repositoryId) {
        catalog.update("INSERT INTO adoption (repository_id, begun_at) VALUES (:id, :now)")
                .param("id", repositoryId.toString())
                .param("now", clock.millis())
                .update();
    }

    /** From now on the catalog is about this one. */
    public void adopt(UUID repositoryId) {
        catalog.inTransaction(() -> {
            catalog.update("DELETE FROM adoption WHERE adopted_at IS NULL").update();
            return catalog.update("INSERT INTO adoption (repository_id, begun_at, adopted_at) VALUES (:id, :now, :now)")
                    .param("id", repositoryId.toString())
                    .param("now", clock.millis())
                    .update();
        });
        current = repositoryId;
    }
}
