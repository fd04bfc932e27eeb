package dev.afterimage.follow;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;

/** More may not wait for the repository: commits are not taken until there is room, or those are gone that are larger than all of it. */
final class SpoolFullException extends ProblemException {

    SpoolFullException(String database, long maxBytes) {
        super(Problem.of(
                ProblemCode.SPOOL_FULL,
                "Commits of '%s' are not taken, because too much waits for the repository already, or what was committed is larger: at most %d bytes may wait, and half of that of one database"
                        .formatted(database, maxBytes),
                Map.of("database", database, "maxBytes", maxBytes)));
    }
}
