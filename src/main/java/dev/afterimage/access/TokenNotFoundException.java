package dev.afterimage.access;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.UUID;

/** No token has that id. */
public final class TokenNotFoundException extends ProblemException {

    TokenNotFoundException(UUID id) {
        super(ProblemCode.TOKEN_NOT_FOUND, "There is no token %s".formatted(id));
    }
}
