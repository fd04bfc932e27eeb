package dev.afterimage.api.http;

import dev.afterimage.problem.ProblemCode;
import org.springframework.http.HttpStatusCode;

/** Which problem a status stands for that was decided elsewhere. */
final class ProblemStatus {

    private ProblemStatus() {}

    /** The problem behind a status that the framework or the server itself decided on. */
    static ProblemCode code(HttpStatusCode status) {
        return switch (status.value()) {
            case 401 -> ProblemCode.UNAUTHENTICATED;
            case 403 -> ProblemCode.FORBIDDEN;
            case 404 -> ProblemCode.RESOURCE_NOT_FOUND;
            case 405 -> ProblemCode.METHOD_NOT_ALLOWED;
            case 406 -> ProblemCode.NOT_ACCEPTABLE;
            case 408 -> ProblemCode.REQUEST_TOO_SLOW;
            case 412 -> ProblemCode.PRECONDITION_FAILED;
            case 413 -> ProblemCode.REQUEST_TOO_LARGE;
            case 415 -> ProblemCode.UNSUPPORTED_MEDIA_TYPE;
            case 416 -> ProblemCode.RANGE_NOT_SATISFIABLE;
            case 429 -> ProblemCode.TOO_MANY_REQUESTS;
            case 501, 505 -> ProblemCode.INVALID_REQUEST; // an encoding or a version of HTTP that there is not
            default -> status.is4xxClientError() ? ProblemCode.INVALID_REQUEST : ProblemCode.INTERNAL_ERROR;
        };
    }
}
