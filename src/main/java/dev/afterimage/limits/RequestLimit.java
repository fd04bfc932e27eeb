package dev.afterimage.limits;

import dev.afterimage.problem.ProblemException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Set;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.servlet.HandlerExceptionResolver;

/**
 * Keeps one address from having all threads. Requests that wait, or follow a job, hold none. Whether the service lives is told
 * also to an address that has taken all that it may, though not to more than a few of its requests at once.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class RequestLimit extends OncePerRequestFilter {

    private static final Set<String> HEALTH =
            Set.of("/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness");

    /** Few are asked for at once by those who only want to know. */
    private static final int HEALTH_AT_ONCE = 10;

    private final Places threads;
    private final Places health = new Places("requests", Integer.MAX_VALUE, HEALTH_AT_ONCE);
    private final HandlerExceptionResolver answers;

    RequestLimit(LimitSettings settings, @Qualifier("handlerExceptionResolver") HandlerExceptionResolver answers) {
        this.threads = new Places("requests", Integer.MAX_VALUE, settings.requestsPerAddress());
        this.answers = answers;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Place thread;
        try {
            var places = HEALTH.contains(request.getServletPath()) ? health : threads;
            thread = places.take(Network.of(request.getRemoteAddr()));
        } catch (ProblemException e) {
            answers.resolveException(request, response, null, e);
            return;
        }
        try (thread) {
            chain.doFilter(request, response);
            UnreadBody.drain(request, response);
        }
    }
}
