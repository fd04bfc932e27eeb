package dev.afterimage.api.access;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * From which page a browser sends a request. A cookie proves who somebody is, and not that he wants what a page sends in his name: so
 * what changes something must come from a page of this service, whose origin is what the browser asked. Browsers do not say
 * {@code Sec-Fetch-Site} to plain HTTP beyond the own machine; it refuses only where it is there.
 */
final class RequestOrigin {

    private static final Set<String> LOOKING = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final String FETCH_SITE = "Sec-Fetch-Site";
    private static final Set<String> OTHER_SITES = Set.of("cross-site", "same-site");
    private static final Pattern ORIGIN = Pattern.compile("(https?)://([^/]{1,300})");
    private static final int LONGEST_DETAIL = 600;

    private RequestOrigin() {}

    /** @throws ProblemException CROSS_ORIGIN when it changes something and is not known to come from a page of this service */
    static void require(HttpServletRequest request) {
        var origin = request.getHeader(HttpHeaders.ORIGIN);
        if (!LOOKING.contains(request.getMethod()) && (origin == null || !isOwn(origin, request))) {
            throw refused(origin, request);
        }
    }

    /** @throws ProblemException CROSS_ORIGIN when a browser sends it from another page; scripts name none */
    static void requireIfNamed(HttpServletRequest request) {
        var origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin == null ? isOfOtherSite(request) : !isOwn(origin, request)) {
            throw refused(origin, request);
        }
    }

    private static boolean isOwn(String text, HttpServletRequest request) {
        var origin = ORIGIN.matcher(text);
        if (isOfOtherSite(request) || !origin.matches()) {
            return false;
        }
        var scheme = origin.group(1);
        var authority = origin.group(2);
        boolean schemeMayBe = !request.isSecure() || scheme.equals("https"); // what a proxy unwraps comes as plain HTTP
        return schemeMayBe
                && (authority.equalsIgnoreCase(request.getHeader(HttpHeaders.HOST))
                        || authority.equalsIgnoreCase(forwardedAuthority(request)));
    }

    private static boolean isOfOtherSite(HttpServletRequest request) {
        var site = request.getHeader(FETCH_SITE);
        return site != null && OTHER_SITES.contains(site.toLowerCase(Locale.ROOT));
    }

    /** What the browser asked according to a proxy that is believed; else the same as Host says. */
    private static String forwardedAuthority(HttpServletRequest request) {
        int port = request.getServerPort();
        boolean usual = port == (request.isSecure() ? 443 : 80);
        return usual ? request.getServerName() : request.getServerName() + ":" + port;
    }

    private static ProblemException refused(@Nullable String origin, HttpServletRequest request) {
        var from = origin == null ? "its browser does not say from which page" : "it comes from " + origin;
        var asked = isOfOtherSite(request)
                ? "its browser says that this is another site"
                : "the service was asked as " + forwardedAuthority(request);
        var detail =
                "A request with a session changes something only when it is sent by a page of this service; %s, and %s"
                        .formatted(from, asked);
        return new ProblemException(
                Problem.of(ProblemCode.CROSS_ORIGIN, detail.substring(0, Math.min(detail.length(), LONGEST_DETAIL))));
    }
}
