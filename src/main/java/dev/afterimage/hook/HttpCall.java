package dev.afterimage.hook;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request to an application. It may be on this machine: only the operator says where it goes.
 *
 * @param url of http or https
 * @param secretFile its content, without white space around it, is sent as a bearer token; null for none
 * @param status that means success; null for any 2xx
 * @param timeout from the beginning to the end of the answer
 */
public record HttpCall(
        URI url,
        Method method,
        @Nullable Path secretFile,
        @Nullable Integer status,
        Duration timeout) implements Hook {

    private static final Set<String> SCHEMES = Set.of("http", "https");
    private static final int LAST_PORT = 65_535;

    /** Those of HTTP that may have a body. */
    public enum Method {
        POST,
        PUT,
        PATCH,
        DELETE
    }

    public HttpCall {
        var scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        if (!SCHEMES.contains(scheme) || url.getHost() == null || url.getPort() == 0 || url.getPort() > LAST_PORT) {
            throw new IllegalArgumentException("afterimage.hooks: `url` must be of http or https, with a host");
        }
        if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "afterimage.hooks: `url` must have neither user nor fragment; a secret belongs into `secret-file`");
        }
        if (status != null && (status < 200 || status > 599)) {
            throw new IllegalArgumentException("afterimage.hooks: `status` is none that an answer can have");
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("afterimage.hooks: `timeout` must be above zero");
        }
    }

    /** Without a query, in which secrets are often sent. */
    @Override
    public String title() {
        return "%s %s://%s%s".formatted(method, url.getScheme(), url.getRawAuthority(), url.getRawPath());
    }

    boolean isSuccess(int answered) {
        return status == null ? answered / 100 == 2 : status == answered;
    }
}
