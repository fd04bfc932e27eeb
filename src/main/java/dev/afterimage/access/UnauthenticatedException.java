package dev.afterimage.access;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import org.jspecify.annotations.Nullable;

/** Nobody knows who sent the request. Says nothing of why a credential is not accepted: whether it ever existed is nobody's business. */
public final class UnauthenticatedException extends ProblemException {

    private UnauthenticatedException(String detail, @Nullable Throwable cause) {
        super(ProblemCode.UNAUTHENTICATED, detail, cause);
    }

    public static UnauthenticatedException missing() {
        return new UnauthenticatedException("This needs a token, and the request has none", null);
    }

    public static UnauthenticatedException contradictory() {
        return new UnauthenticatedException("The request has several tokens, which are not the same", null);
    }

    public static UnauthenticatedException unknown() {
        return new UnauthenticatedException("The token of this request is not accepted", null);
    }

    static UnauthenticatedException unknown(Throwable cause) {
        return new UnauthenticatedException("The token of this request is not accepted", cause);
    }
}
