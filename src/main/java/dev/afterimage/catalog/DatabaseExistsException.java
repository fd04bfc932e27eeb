package dev.afterimage.catalog;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** The name is taken. */
public final class DatabaseExistsException extends ProblemException {

    DatabaseExistsException(Database existing) {
        super(
                ProblemCode.DATABASE_EXISTS,
                "'%s' is already registered, for %s".formatted(existing.name(), existing.path()));
    }
}
