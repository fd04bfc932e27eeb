package dev.afterimage.api.access;

import dev.afterimage.access.Callers;
import dev.afterimage.access.Sessions;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Finds out who sent a request: by its token, or else by the session of its cookie. One without either passes: what comes behind
 * knows what is for everybody.
 */
final class CallerFilter extends OncePerRequestFilter {

    private final Callers callers;
    private final Sessions sessions;
    private final SessionCookie cookie;
    private final Refusals refusals;

    CallerFilter(Callers callers, Sessions sessions, SessionCookie cookie, Refusals refusals) {
        this.callers = callers;
        this.sessions = sessions;
        this.cookie = cookie;
        this.refusals = refusals;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            var token = Credential.of(request);
            if (token.isPresent()) {
                CurrentCaller.set(callers.by(token.get()));
            } else {
                takeSession(request);
            }
        } catch (RuntimeException e) { // also of the catalog, which has the tokens
            refusals.refuse(request, response, e);
            return;
        }
        chain.doFilter(request, response);
    }

    /** One that has ended is as good as none: whoever has it must be able to sign in again. */
    private void takeSession(HttpServletRequest request) {
        var caller = cookie.values(request)
                .map(sessions::caller)
                .flatMap(Optional::stream)
                .findFirst();
        if (caller.isPresent()) {
            CurrentCaller.set(caller.get());
            RequestOrigin.require(request);
        }
    }
}
