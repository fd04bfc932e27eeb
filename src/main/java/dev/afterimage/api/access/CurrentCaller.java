package dev.afterimage.api.access;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Scope;
import java.util.List;
import java.util.Optional;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;

/** Who sent the request that this thread answers. */
public final class CurrentCaller {

    /** Of callers for whom all databases exist, who may also see what is told of the service as a whole. */
    static final String WHOLE_SERVICE = "WHOLE_SERVICE";

    /** Of those of them whose scope is ADMIN. */
    static final String ADMIN = "ADMIN";

    private CurrentCaller() {}

    /** @throws IllegalStateException when nobody has to be known who sends such requests */
    public static Caller get() {
        return find().orElseThrow(
                        () -> new IllegalStateException("A request without a caller came where there must be one"));
    }

    /** For as long as the request lasts: Spring Security forgets it then. */
    static void set(Caller caller) {
        var authentication = UsernamePasswordAuthenticationToken.authenticated(caller, null, authorities(caller));
        SecurityContextHolder.setContext(new SecurityContextImpl(authentication));
    }

    private static List<GrantedAuthority> authorities(Caller caller) {
        if (caller.scope() == null || caller.visible().limited()) {
            return List.of();
        }
        var wholeService = new SimpleGrantedAuthority(WHOLE_SERVICE);
        return caller.scope() == Scope.ADMIN
                ? List.of(wholeService, new SimpleGrantedAuthority(ADMIN))
                : List.of(wholeService);
    }

    static Optional<Caller> find() {
        var authentication = SecurityContextHolder.getContext().getAuthentication();
        return authentication != null && authentication.getPrincipal() instanceof Caller caller
                ? Optional.of(caller)
                : Optional.empty();
    }
}
