package dev.afterimage.limits;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * A body that is still coming when its request has been answered. A client that only sends hears the answer when it has
 * sent all, so some of it is read and thrown away; the connection of what is left then ends, see {@link NoSwallowing}.
 */
final class UnreadBody {

    private static final int MOST_BYTES = 2 << 20;
    private static final Duration AT_MOST = Duration.ofSeconds(2);
    private static final int BUFFER_BYTES = 8 * 1024;

    private UnreadBody() {}

    static void drain(HttpServletRequest request, HttpServletResponse response) {
        if (request.isAsyncStarted() || !comes(request)) {
            return;
        }
        GuardedProcessor.served().ifPresent(connection -> drain(request, response, connection));
    }

    /** A client that stalls keeps the thread no longer than one that drips. */
    private static void drain(
            HttpServletRequest request, HttpServletResponse response, SocketWrapperBase<?> connection) {
        long usual = connection.getReadTimeout();
        try {
            response.flushBuffer();
            connection.setReadTimeout(AT_MOST.toMillis());
            drain(request);
        } catch (IOException gone) {
            // The client has gone, or sends no more: there is nothing to read.
        } finally {
            connection.setReadTimeout(usual);
        }
    }

    /** One that waits for leave to send its body ({@code Expect: 100-continue}) has not sent it. */
    private static boolean comes(HttpServletRequest request) {
        var method = request.getMethod();
        return request.getHeader(HttpHeaders.EXPECT) == null
                && !method.equals(HttpMethod.GET.name())
                && !method.equals(HttpMethod.HEAD.name());
    }

    private static void drain(HttpServletRequest request) throws IOException {
        var body = request.getInputStream();
        var buffer = new byte[BUFFER_BYTES];
        long began = System.nanoTime();
        for (int drained = 0; !body.isFinished() && drained < MOST_BYTES; ) {
            if (System.nanoTime() - began > AT_MOST.toNanos()) {
                return;
            }
            drained += Math.max(body.read(buffer), 0);
        }
    }
}
