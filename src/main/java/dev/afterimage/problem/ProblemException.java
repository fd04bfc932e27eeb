package dev.afterimage.problem;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Base of the domain's exceptions. Subclasses say which {@link ProblemCode} they stand for and carry the ids concerned. */
public abstract class ProblemException extends RuntimeException {

    private final ProblemCode code;

    protected ProblemException(ProblemCode code, String detail) {
        this(code, detail, null);
    }

    protected ProblemException(ProblemCode code, String detail, @Nullable Throwable cause) {
        super(detail, cause);
        this.code = code;
    }

    public final ProblemCode code() {
        return code;
    }

    /** What to do about it; the code's own hint unless this occurrence has a better one. */
    protected String hint() {
        return code.hint();
    }

    /** Further facts for scripts, by name. */
    protected Map<String, Object> properties() {
        return Map.of();
    }

    /** This exception as users see it. */
    public final Problem problem() {
        return new Problem(code, String.valueOf(getMessage()), hint(), code.retryable(), properties());
    }
}
