package dev.afterimage.problem;

import java.util.Map;

/**
 * A failure as it is told to users, in an answer or in a failed job.
 *
 * @param code what went wrong
 * @param detail this occurrence, with names, paths and numbers
 * @param hint what to do about it
 * @param retryable whether the same request may succeed later
 * @param properties further facts by name, such as {@code holders} or {@code messages}; values are JSON-friendly
 */
public record Problem(ProblemCode code, String detail, String hint, boolean retryable, Map<String, Object> properties) {

    public Problem {
        properties = Map.copyOf(properties);
    }

    /** With the hint of its code. */
    public static Problem of(ProblemCode code, String detail) {
        return of(code, detail, code.hint());
    }

    /** With the hint of its code. */
    public static Problem of(ProblemCode code, String detail, Map<String, Object> properties) {
        return of(code, detail, code.hint(), properties);
    }

    public static Problem of(ProblemCode code, String detail, String hint) {
        return of(code, detail, hint, Map.of());
    }

    public static Problem of(ProblemCode code, String detail, String hint, Map<String, Object> properties) {
        return new Problem(code, detail, hint, code.retryable(), properties);
    }
}
