package dev.afterimage.api.access;

import dev.afterimage.problem.Problem;
import dev.afterimage.problem.ProblemCode;
import dev.afterimage.problem.ProblemException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.http.HttpHeaders;

/** What a request says of who sends it: a token, never in the URL, which ends up in logs and histories. */
public final class Credential {

    public static final String API_KEY = "X-API-Key";

    private static final String BEARER = "bearer ";

    private Credential() {}

    /**
     * The one token of a request. {@code Authorization} of another scheme is not ours: it may be a proxy's.
     *
     * @throws ProblemException UNAUTHENTICATED when it has several that differ
     */
    static Optional<String> of(HttpServletRequest request) {
        var given = Stream.concat(
                        headers(request, HttpHeaders.AUTHORIZATION)
                                .filter(Credential::isBearer)
                                .map(value -> value.substring(BEARER.length()).strip()),
                        headers(request, API_KEY))
                .distinct()
                .toList();
        if (given.size() > 1) {
            throw new ProblemException(
                    Problem.of(ProblemCode.UNAUTHENTICATED, "The request has several tokens, which are not the same"));
        }
        return given.stream().findFirst();
    }

    private static Stream<String> headers(HttpServletRequest request, String name) {
        return Collections.list(request.getHeaders(name)).stream().map(String::strip);
    }

    private static boolean isBearer(String value) {
        return value.toLowerCase(Locale.ROOT).startsWith(BEARER);
    }
}
