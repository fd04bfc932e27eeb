package dev.afterimage.limits;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** A client wants more than it may have, or is slower than it may be. */
public abstract sealed class LimitException extends ProblemException {

    private LimitException(ProblemCode code, String detail) {
        super(code, detail);
    }

    /** The body of a request is larger than {@code afterimage.limits.body-size}. */
    public static final class BodyTooLarge extends LimitException {
        public BodyTooLarge(long limit) {
            super(ProblemCode.REQUEST_TOO_LARGE, "The body is larger than %d bytes".formatted(limit));
        }
    }

    /** The caller has all that one may have. */
    static final class OfCaller extends LimitException {
        OfCaller(String what, int limit) {
            super(
                    ProblemCode.TOO_MANY_REQUESTS,
                    "You have %d %s at this moment, and may not have more".formatted(limit, what));
        }
    }

    /** All callers together have all that there is. */
    static final class OfService extends LimitException {
        OfService(String what, int limit) {
            super(
                    ProblemCode.SERVICE_BUSY,
                    "The service has %d %s at this moment, and takes no more".formatted(limit, what));
        }
    }

    /** The client sends or takes so little that somebody else needs its place more. */
    static final class TooSlow extends LimitException {
        TooSlow(long bytes, long millis) {
            super(
                    ProblemCode.REQUEST_TOO_SLOW,
                    "The service waited %d ms for %d bytes to be sent or taken".formatted(millis, bytes));
        }
    }
}
