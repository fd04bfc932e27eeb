package dev.afterimage.schedule;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** A schedule that this version cannot read: another one wrote it, or it is damaged. Another can be put in its place. */
public final class UnreadableScheduleException extends ProblemException {

    UnreadableScheduleException(ScheduleKind kind, boolean inherited, RuntimeException cause) {
        super(
                Problem.of(
                        ProblemCode.WRITTEN_BY_ANOTHER_VERSION,
                        "The %s%s schedule cannot be read by this version: %s"
                                .formatted(inherited ? "default " : "", kind, cause.getMessage())),
                cause);
    }
}
