package dev.afterimage.api;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** The content is not the one that the client has in mind. */
final class PreconditionFailedException extends ProblemException {

    PreconditionFailedException(String etag) {
        super(ProblemCode.PRECONDITION_FAILED, "The content's ETag is %s".formatted(etag));
    }
}
