package dev.afterimage.api.access;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.web.AuthenticationEntryPoint;
import org.springframework.security.web.access.AccessDeniedHandler;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.HandlerExceptionResolver;

/** Answers requests that do not get as far as an operation, in the way in which operations answer. */
@Component
class Refusals implements AuthenticationEntryPoint, AccessDeniedHandler {

    private final HandlerExceptionResolver answers;
    private final AuditTrail trail;
    private final SessionCookie cookie;

    Refusals(
            @Qualifier("handlerExceptionResolver") HandlerExceptionResolver answers,
            AuditTrail trail,
            SessionCookie cookie) {
        this.answers = answers;
        this.trail = trail;
        this.cookie = cookie;
    }

    @Override
    public void commence(HttpServletRequest request, HttpServletResponse response, AuthenticationException e) {
        refuse(request, response, new ProblemException(Problem.of(ProblemCode.UNAUTHENTICATED, without(request))));
    }

    private String without(HttpServletRequest request) {
        return cookie.values(request).findAny().isPresent()
                ? "This needs a token, and the session of this request has ended"
                : "This needs a token, and the request has none";
    }

    @Override
    public void handle(HttpServletRequest request, HttpServletResponse response, AccessDeniedException e) {
        refuse(
                request,
                response,
                new ProblemException(Problem.of(
                        ProblemCode.FORBIDDEN,
                        "This tells of all databases; your token is limited to some, or has no scope")));
    }

    void refuse(HttpServletRequest request, HttpServletResponse response, RuntimeException e) {
        answers.resolveException(request, response, null, e);
        trail.refused(request, response);
    }
}
