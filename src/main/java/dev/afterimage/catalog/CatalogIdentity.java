package dev.afterimage.catalog;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Which catalog this is, and from which copy of a lost one a rebuild has brought back what was set. */
@Component
public class CatalogIdentity {

    private final Catalog catalog;
    private final Clock clock;

    CatalogIdentity(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** The same for as long as the catalog lives. */
    public UUID id() {
        return UUID.fromString(catalog.query("SELECT id FROM catalog_identity")
                .query(String.class)
                .single());
    }

    /** Version of the catalog's tables. */
    public int schema() {
        return catalog.query("SELECT max(CAST(version AS INTEGER)) FROM flyway_schema_history WHERE success")
                .query(Integer.class)
                .single();
    }

    /** Notes from which copy it is to be brought back, before any of it is there. */
    public void begin(String copy) {
        catalog.update("""
                        INSERT INTO bringing_back (copy, begun_at) VALUES (:copy, :now)
                        ON CONFLICT (copy) DO UPDATE SET ended_at = NULL
                        """).param("copy", copy).param("now", clock.millis()).update();
    }

    /** What was begun with and is not there whole is not brought back after all. */
    public void giveUp() {
        catalog.update("DELETE FROM bringing_back WHERE ended_at IS NULL").update();
    }

    /** All of it is there, as the present transaction sees it. Other copies that had been begun with are given up. */
    void end() {
        catalog.update("UPDATE bringing_back SET ended_at = :now WHERE ended_at IS NULL")
                .param("now", clock.millis())
                .update();
    }

    /** The copy with which was begun last, and which is not brought back whole. */
    public Optional<String> begun() {
        return copies("ended_at IS NULL").stream().findFirst();
    }

    /** Whether it has what was set of a lost catalog: what was removed since must not come back again. */
    public boolean hasBroughtBack() {
        return !copies("ended_at IS NOT NULL").isEmpty();
    }

    private List<String> copies(String condition) {
        return catalog.query("SELECT copy FROM bringing_back WHERE %s ORDER BY begun_at DESC, copy DESC"
                        .formatted(condition))
                .query(String.class)
                .list();
    }
}
