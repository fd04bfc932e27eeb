package dev.afterimage.problem;

import org.jspecify.annotations.Nullable;

/** A {@link Problem} on its way to users. A subclass exists only where somebody catches it, to go on in another way. */
public class ProblemException extends RuntimeException {

    private final transient Problem problem;

    public ProblemException(Problem problem) {
        this(problem, null);
    }

    public ProblemException(Problem problem, @Nullable Throwable cause) {
        super(problem.detail(), cause);
        this.problem = problem;
    }

    public final ProblemCode code() {
        return problem.code();
    }

    /** This exception as users see it. */
    public final Problem problem() {
        return problem;
    }
}
