package dev.afterimage.catalog;

import dev.afterimage.lifecycle.StartStep;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * New ids are above those that the catalog has, although the clock may have been ahead when these were made. Else what is new would stand
 * behind what is old: in lists, and wherever the last one counts, such as the last backup for the protection. Imported snapshots are left
 * out: their ids say when they were taken.
 */
@Component
class IdsContinue extends StartStep {

    private static final String GREATEST = """
            SELECT max(id) FROM (
                SELECT max(id) AS id FROM job
                UNION ALL SELECT max(id) FROM audit
                UNION ALL SELECT max(id) FROM snapshot_check
                UNION ALL SELECT max(id) FROM drill
                UNION ALL SELECT max(id) FROM schedule_run
                UNION ALL SELECT max(id) FROM webhook
                UNION ALL SELECT max(id) FROM delivery
                UNION ALL SELECT max(id) FROM access_token
                UNION ALL SELECT max(id) FROM database)
            """;

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
