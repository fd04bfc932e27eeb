package dev.afterimage.catalog;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** A path that this service must not read or write. */
public final class PathNotAllowedException extends ProblemException {

    PathNotAllowedException(String path, String why) {
        super(ProblemCode.PATH_NOT_ALLOWED, "The path %s is not allowed: %s".formatted(path, why));
    }
}
