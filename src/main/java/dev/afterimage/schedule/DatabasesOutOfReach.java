package dev.afterimage.schedule;

import dev.afterimage.catalog.databases.Databases;
import dev.afterimage.lifecycle.StartStep;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Tells at a start of databases that cannot be backed up here: those of another node, whose schedules do not run here and perhaps nowhere,
 * and those whose files have no name in the locale of this process.
 */
@Component
class DatabasesOutOfReach extends StartStep {

    private static final Logger log = LoggerFactory.getLogger(DatabasesOutOfReach.class);

    private final Databases databases;

    DatabasesOutOfReach(Databases databases) {
        super(3);
        this.databases = databases;
    }

    @Override
    protected void take() {
        var elsewhere = databases.elsewhere();
        if (!elsewhere.isEmpty()) {
            log.warn(
                    "The schedules of {} databases do not run here, since they belong to another node, such as {}; a PATCH of its path moves a database to this one",
                    elsewhere.size(),
                    elsewhere.getFirst());
        }
        var unmappable = databases.unmappable();
        if (!unmappable.isEmpty()) {
            log.warn(
                    "The files of {} databases, such as {}, cannot be named in this locale: set LC_ALL=C.UTF-8 in the service's environment",
                    unmappable.size(),
                    unmappable.getFirst());
        }
    }
}
