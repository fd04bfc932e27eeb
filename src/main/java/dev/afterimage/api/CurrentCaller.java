package dev.afterimage.api;

import dev.afterimage.access.Caller;
import org.springframework.security.core.context.SecurityContextHolder;

/** Who sent the request that this thread answers. */
final class CurrentCaller {

    private CurrentCaller() {}

    /** @throws IllegalStateException when nobody has to be known who sends such requests */
    static Caller get() {
        var authentication = SecurityContextHolder.getContext().getAuthentication();
        if (authentication != null && authentication.getPrincipal() instanceof Caller caller) {
            return caller;
        }
        throw new IllegalStateException("A request without a caller came where there must be one");
    }
}
