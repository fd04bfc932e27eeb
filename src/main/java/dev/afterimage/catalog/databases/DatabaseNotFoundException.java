package dev.afterimage.catalog.databases;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** No database of that name is registered. */
public final class DatabaseNotFoundException extends ProblemException {

    DatabaseNotFoundException(String name) {
        super(ProblemCode.DATABASE_NOT_FOUND, "No database is registered as '%s'".formatted(name));
    }
}
