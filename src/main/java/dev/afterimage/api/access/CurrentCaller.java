package dev.afterimage.api.access;

import dev.afterimage.access.Caller;
import java.util.Optional;
import org.springframework.security.core.context.SecurityContextHolder;

/** Who sent the request that this thread answers. */
public final class CurrentCaller {

    private CurrentCaller() {}

    /** @throws IllegalStateException when nobody has to be known who sends such requests */
    public static Caller get() {
        return find().orElseThrow(
                        () -> new IllegalStateException("A request without a caller came where there must be one"));
    }

    static Optional<Caller> find() {
        var authentication = SecurityContextHolder.getContext().getAuthentication();
        return authentication != null && authentication.getPrincipal() instanceof Caller caller
                ? Optional.of(caller)
                : Optional.empty();
    }
}
