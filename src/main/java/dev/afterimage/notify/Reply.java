package dev.afterimage.notify;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What came back of a request.
 *
 * @param status of HTTP; null when there was no answer
 * @param error why it does not count as delivered; null when it does
 * @param body the first {@value HttpRequests#MOST_READ} bytes; empty when there was no answer
 */
public record Reply(@Nullable Integer status, @Nullable String error, String body, Duration took) {

    public boolean delivered() {
        return error == null;
    }
}
