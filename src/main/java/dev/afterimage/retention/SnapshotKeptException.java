package dev.afterimage.retention;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemException;

/** The snapshot must not be deleted as it is. */
final class SnapshotKeptException extends ProblemException {

    SnapshotKeptException(Problem problem) {
        super(problem);
    }
}
