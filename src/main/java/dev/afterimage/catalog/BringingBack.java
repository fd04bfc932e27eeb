package dev.afterimage.catalog;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/**
 * How far a rebuild has come with what was set in a lost catalog. It begins before any of that is there, and ends with the policies. In
 * between no start records snapshots without their pins, and no database is forgotten whose snapshots are still to come.
 */
@Component
public class BringingBack {

    private final Catalog catalog;
    private final Clock clock;

    BringingBack(Catalog catalog, Clock clock) {
        this.catalog = catalog;
        this.clock = clock;
    }

    /** Notes from which copy, before any of it is there. */
    public void begin(String copy) {
        catalog.update("""
                        INSERT INTO bringing_back (copy, begun_at) VALUES (:copy, :now)
                        ON CONFLICT (copy) DO UPDATE SET ended_at = NULL
                        """).param("copy", copy).param("now", clock.millis()).update();
    }

    /** What was begun with is not brought back after all: there is no copy any more that could be used. */
    public void giveUp() {
        catalog.update("DELETE FROM bringing_back WHERE ended_at IS NULL").update();
    }

    /** All of it is there, as the present transaction sees it. Other copies that had been begun with are given up. */
    void end() {
        catalog.update("UPDATE bringing_back SET ended_at = :now WHERE ended_at IS NULL")
                .param("now", clock.millis())
                .update();
    }

    /** The copy with which was begun last, and of which not all is there. */
    public Optional<String> begun() {
        return copies("ended_at IS NULL").stream().findFirst();
    }

    /** Whether it has ended once: what was removed since must not come back again. */
    public boolean ended() {
        return !copies("ended_at IS NOT NULL").isEmpty();
    }

    private List<String> copies(String condition) {
        return catalog.query("SELECT copy FROM bringing_back WHERE %s ORDER BY begun_at DESC, copy DESC"
                        .formatted(condition))
                .query(String.class)
                .list();
    }
}
