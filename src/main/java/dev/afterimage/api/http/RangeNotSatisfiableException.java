package dev.afterimage.api.http;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;

/** The range that was asked for has no byte of the content. */
public final class RangeNotSatisfiableException extends ProblemException {

    private final long size;

    RangeNotSatisfiableException(String range, long size) {
        super(Problem.of(
                ProblemCode.RANGE_NOT_SATISFIABLE,
                "The range '%s' is outside of the content's %d bytes".formatted(range, size),
                Map.of("sizeBytes", size)));
        this.size = size;
    }

    /** Of the whole content, in bytes. */
    long size() {
        return size;
    }
}
