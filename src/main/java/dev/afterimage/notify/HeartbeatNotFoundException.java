package dev.afterimage.notify;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** A database has no heartbeat. */
public final class HeartbeatNotFoundException extends ProblemException {

    HeartbeatNotFoundException(Database database) {
        super(ProblemCode.HEARTBEAT_NOT_FOUND, "Database '%s' has no heartbeat".formatted(database.name()));
    }
}
