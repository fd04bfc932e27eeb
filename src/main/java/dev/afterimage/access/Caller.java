package dev.afterimage.access;

import dev.afterimage.catalog.databases.VisibleDatabases;
import java.security.Principal;
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

    /** @throws ScopeNeededException when the caller's scope does not include it */
    public void require(Scope needed) {
        if (scope == null || !scope.includes(needed)) {
            throw new ScopeNeededException(needed, scope);
        }
    }

    /** @throws ForbiddenException when only some databases exist for the caller */
    public void requireAllDatabases(String forWhat) {
        if (visible.limited()) {
            throw new ForbiddenException(forWhat + " is not for callers that are limited to some databases");
        }
    }
}
