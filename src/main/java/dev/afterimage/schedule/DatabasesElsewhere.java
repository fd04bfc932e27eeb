package dev.afterimage.schedule;

import dev.afterimage.catalog.Databases;
import dev.afterimage.lifecycle.StartStep;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Tells at a start of databases that belong to another node: their schedules do not run here, and perhaps nowhere. */
@Component
class DatabasesElsewhere extends StartStep {

    private static final Logger log = LoggerFactory.getLogger(DatabasesElsewhere.class);

    private final Databases databases;

    DatabasesElsewhere(Databases databases) {
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
    }
}
