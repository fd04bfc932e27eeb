package dev.afterimage.api.databases;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** Jobs of the database wait or run. */
final class DatabaseBusyException extends ProblemException {

    DatabaseBusyException(Database database) {
        super(ProblemCode.DATABASE_BUSY, "Jobs of '%s' wait or run".formatted(database.name()));
    }
}
