package dev.afterimage.access;

import dev.afterimage.catalog.databases.VisibleDatabases;
import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.security.Principal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a request.
 *
 * @param id of the token, or the subject of the JWT
 * @param name of the token, or the subject of the JWT
 * @param scope null for somebody who is known, but may do nothing
 * @param visible the databases that exist for the caller
 * @param proof what the caller was let in by
 */
public record Caller(String id, String name, @Nullable Scope scope, VisibleDatabases visible, Proof proof)
        implements Principal {

    /** The id, which nobody else has: what is counted per caller is counted by it. */
    @Override
    public String getName() {
        return id;
    }

    /** @throws ProblemException SCOPE_NEEDED when the caller's scope does not include it */
    public void require(Scope needed) {
        if (scope == null || !scope.includes(needed)) {
            throw new ProblemException(Problem.of(
                    ProblemCode.SCOPE_NEEDED,
                    "This needs the scope %s; yours is %s".formatted(needed, scope),
                    Map.of("scope", needed.name())));
        }
    }

    /** @throws ProblemException FORBIDDEN when only some databases exist for the caller */
    public void requireAllDatabases(String forWhat) {
        if (visible.limited()) {
            throw new ProblemException(Problem.of(
                    ProblemCode.FORBIDDEN, forWhat + " is not for callers that are limited to some databases"));
        }
    }
}
