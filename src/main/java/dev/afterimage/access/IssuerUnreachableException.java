package dev.afterimage.access;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;

/** Without the keys of the server that signed a JWT nobody can tell whether it is good. */
public final class IssuerUnreachableException extends ProblemException {

    IssuerUnreachableException(Throwable cause) {
        super(
                ProblemCode.ISSUER_UNREACHABLE,
                "The server that signs JWTs did not give its keys: " + cause.getMessage(),
                cause);
    }
}
