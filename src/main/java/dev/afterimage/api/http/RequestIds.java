package dev.afterimage.api.http;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.UUID;
import java.util.regex.Pattern;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Gives each request an id, that of its header {@value #HEADER} if it is a good one. The answer bears it, and so does every
 * line that is logged on the request's thread.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
public class RequestIds extends OncePerRequestFilter {

    public static final String HEADER = "X-Request-Id";

    private static final String LOGGED = "request";

    /** What cannot forge a line of the log. */
    private static final Pattern GOOD = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    /** The answer of a request that waited is made by another thread. */
    @Override
    protected boolean shouldNotFilterAsyncDispatch() {
        return false;
    }

    @Override
    protected boolean shouldNotFilterErrorDispatch() {
        return false;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        var id = id(request);
        request.setAttribute(RequestIds.class.getName(), id);
        response.setHeader(HEADER, id);
        try (var _ = MDC.putCloseable(LOGGED, id)) {
            chain.doFilter(request, response);
        }
    }

    /** The id that the request was given. */
    public static String of(HttpServletRequest request) {
        return String.valueOf(request.getAttribute(RequestIds.class.getName()));
    }

    private static String id(HttpServletRequest request) {
        var before = request.getAttribute(RequestIds.class.getName());
        var given = before == null ? request.getHeader(HEADER) : before;
        return given instanceof String id && GOOD.matcher(id).matches()
                ? id
                : UUID.randomUUID().toString();
    }
}
