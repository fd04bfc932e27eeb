package dev.afterimage.api.http;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** The content is not the one that the client has in mind. */
public final class PreconditionFailedException extends ProblemException {

    public PreconditionFailedException(String etag) {
        super(ProblemCode.PRECONDITION_FAILED, "The content's ETag is %s".formatted(etag));
    }
}
