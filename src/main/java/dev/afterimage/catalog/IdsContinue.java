package dev.afterimage.catalog;

import static java.util.stream.Collectors.joining;

import dev.afterimage.lifecycle.StartStep;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * New ids are above those that the catalog has, although the clock may have been ahead when these were made. Else what is new would stand
 * behind what is old: in lists, and wherever the last one counts, such as the last backup for the protection. Imported snapshots are left
 * out: their ids say when they were taken.
 */
@Component
class IdsContinue extends StartStep {

    /**
     * Of what {@link TimeOrderedId} makes, up to the year 9999: anything else, such as a random id in a copy that somebody planted, is no moment to
     * continue after.
     */
    private static final String GREATEST = Stream.of(
                    "job",
                    "audit",
                    "snapshot_check",
                    "drill",
                    "schedule_run",
                    "webhook",
                    "delivery",
                    "access_token",
                    "database")
            .map(
                    "SELECT * FROM (SELECT id FROM %s WHERE substr(id, 15, 1) = '7' AND id < 'e677d21f-dc00' ORDER BY id DESC LIMIT 1)"
                            ::formatted)
            .collect(joining(" UNION ALL ", "SELECT max(id) FROM (", ")"));

    private final Catalog catalog;

    IdsContinue(Catalog catalog) {
        super(-1); // before the others, which may make some
        this.catalog = catalog;
    }

    @Override
    protected void take() {
        after(catalog);
    }

    /** The same once more, when older ids have come into the catalog. */
    static void after(Catalog catalog) {
        catalog.query(GREATEST)
                .query(String.class)
                .optional() // none of a new catalog, whose answer is null
                .map(UUID::fromString)
                .ifPresent(TimeOrderedId::continueAfter);
    }
}
