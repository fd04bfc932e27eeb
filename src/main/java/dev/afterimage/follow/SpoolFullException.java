package dev.afterimage.follow;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;

/** So much waits for the repository that nothing more may: commits are not taken until there is room. */
final class SpoolFullException extends ProblemException {

    SpoolFullException(String database, long maxBytes) {
        super(Problem.of(
                ProblemCode.SPOOL_FULL,
                "Commits of '%s' are not taken, because too much waits for the repository already: at most %d bytes may"
                                .formatted(database, maxBytes)
                        + ", and half of that of one database",
                Map.of("database", database, "maxBytes", maxBytes)));
    }
}
