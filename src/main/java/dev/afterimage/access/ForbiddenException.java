package dev.afterimage.access;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** The caller's scope would do, but this reaches beyond the databases that exist for the caller. */
public final class ForbiddenException extends ProblemException {

    public ForbiddenException(String detail) {
        super(ProblemCode.FORBIDDEN, detail);
    }
}
