package dev.afterimage.api.access;

import dev.afterimage.access.Caller;
import dev.afterimage.access.Callers;
import dev.afterimage.access.Scope;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.web.filter.OncePerRequestFilter;

/** Finds out who sent a request. One without a credential passes: what comes behind knows what is for everybody. */
final class CallerFilter extends OncePerRequestFilter {

    /** Of callers for whom all databases exist, who may also see what is told of the service as a whole. */
    static final String WHOLE_SERVICE = "WHOLE_SERVICE";

    /** Of those of them whose scope is ADMIN. */
    static final String ADMIN = "ADMIN";

    private final Callers callers;
    private final Refusals refusals;

    CallerFilter(Callers callers, Refusals refusals) {
        this.callers = callers;
        this.refusals = refusals;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            Credential.of(request).map(callers::by).ifPresent(CallerFilter::remember);
        } catch (RuntimeException e) { // also of the catalog, which has the tokens
            refusals.refuse(request, response, e);
            return;
        }
        chain.doFilter(request, response);
    }

    /** For as long as the request lasts: Spring Security forgets it then. */
    private static void remember(Caller caller) {
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
}
