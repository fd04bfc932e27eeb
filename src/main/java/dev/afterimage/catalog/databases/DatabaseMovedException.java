package dev.afterimage.catalog.databases;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;

/** The path under which a database was registered leads elsewhere by now, and so may its application. */
public final class DatabaseMovedException extends ProblemException {

    private final Database database;

    DatabaseMovedException(Database database) {
        super(
                ProblemCode.DATABASE_MOVED,
                "%s was registered as %s, which does not lead there any more"
                        .formatted(database.location(), database.givenPath()));
        this.database = database;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of(
                "database", database.name(),
                "path", database.location(),
                "givenPath", database.givenPath());
    }
}
