package dev.afterimage.api.access;

import dev.afterimage.access.Sessions;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties.ForwardHeadersStrategy;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Component;

/** What a browser keeps of its session: out of reach of scripts, and sent by pages of the same site alone. */
@Component
class SessionCookie {

    /** Followed by the port that the browser asked, if it named one: browsers keep cookies of a host's ports together. */
    static final String NAME = "afterimage-session";

    private static final Pattern PORT = Pattern.compile(".*:(\\d{1,5})");
    private static final String PREFIX = "X-Forwarded-Prefix";
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._~-]{1,100}){1,10}");

    /** A browser sends one for each path for which it was set. */
    private static final int MOST = 5;

    private final ServerProperties server;
    private final Clock clock;

    SessionCookie(ServerProperties server, Clock clock) {
        this.server = server;
        this.clock = clock;
    }

    /** What may be sessions, the one of the longest path first, as browsers send them. */
    Stream<String> values(HttpServletRequest request) {
        var cookies = request.getCookies();
        if (cookies == null) {
            return Stream.empty();
        }
        var name = name(request);
        return Arrays.stream(cookies)
                .filter(cookie -> cookie.getName().equals(name))
                .map(Cookie::getValue)
                .limit(MOST);
    }

    private static String name(HttpServletRequest request) {
        var host = request.getHeader(HttpHeaders.HOST);
        var port = PORT.matcher(host == null ? "" : host);
        return port.matches() ? NAME + "-" + port.group(1) : NAME;
    }

    void set(HttpServletRequest request, HttpServletResponse response, Sessions.Opened opened) {
        var age = Duration.between(clock.instant(), opened.session().expiresAt());
        add(request, response, opened.text(), age);
    }

    void clear(HttpServletRequest request, HttpServletResponse response) {
        add(request, response, "", Duration.ZERO);
    }

    private void add(HttpServletRequest request, HttpServletResponse response, String value, Duration age) {
        var cookie = ResponseCookie.from(name(request), value)
                .httpOnly(true)
                .secure(request.isSecure())
                .sameSite("Strict")
                .path(path(request))
                .maxAge(age)
                .build();
        response.addHeader(HttpHeaders.SET_COOKIE, cookie.toString());
    }

    /** Where the service lies for the browser, as far as a proxy that may be believed tells. */
    private String path(HttpServletRequest request) {
        var context = request.getContextPath(); // also the prefix that Spring took over
        if (!context.isEmpty()) {
            return context;
        }
        var prefix = behindProxy() ? request.getHeader(PREFIX) : null;
        return prefix != null && PATH.matcher(prefix).matches() ? prefix : "/";
    }

    private boolean behindProxy() {
        var strategy = server.getForwardHeadersStrategy();
        return strategy == ForwardHeadersStrategy.NATIVE || strategy == ForwardHeadersStrategy.FRAMEWORK;
    }
}
