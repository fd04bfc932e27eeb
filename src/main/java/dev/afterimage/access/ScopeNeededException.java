package dev.afterimage.access;

import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The caller is known, and may not do this. */
public final class ScopeNeededException extends ProblemException {

    private final Scope needed;

    ScopeNeededException(Scope needed, @Nullable Scope given) {
        super(ProblemCode.SCOPE_NEEDED, "This needs the scope %s; yours is %s".formatted(needed, given));
        this.needed = needed;
    }

    @Override
    protected Map<String, Object> properties() {
        return Map.of("scope", needed.name());
    }
}
