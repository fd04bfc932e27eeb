package dev.afterimage.schedule;

import dev.afterimage.catalog.databases.Database;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** There is no such schedule. */
public final class ScheduleNotFoundException extends ProblemException {

    ScheduleNotFoundException(Database database, ScheduleKind kind) {
        super(
                ProblemCode.SCHEDULE_NOT_FOUND,
                "Database '%s' has no %s schedule of its own".formatted(database.name(), kind));
    }

    ScheduleNotFoundException(ScheduleKind kind) {
        super(ProblemCode.SCHEDULE_NOT_FOUND, "There is no default %s schedule".formatted(kind));
    }
}
