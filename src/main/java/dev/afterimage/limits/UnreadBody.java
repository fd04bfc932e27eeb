package dev.afterimage.limits;

import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.apache.coyote.Request;
import org.apache.tomcat.util.net.ApplicationBufferHandler;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;

/**
 * A body that is still coming when its request has been answered. A client that only sends hears the answer when it has
 * sent all, so some of it is read and thrown away; the connection of what is left then ends, see {@link NoSwallowing}.
 */
final class UnreadBody {

    private static final int MOST_BYTES = 2 << 20;
    private static final Duration AT_MOST = Duration.ofSeconds(2);

    private UnreadBody() {}

    static void drain(HttpServletRequest request, HttpServletResponse response) {
        if (request.isAsyncStarted() || !comes(request) || hasFailed(request)) {
            return;
        }
        GuardedProcessor.serving().ifPresent(processor -> drain(processor, response));
    }

    /** A client that stalls keeps the thread no longer than one that drips. */
    private static void drain(GuardedProcessor processor, HttpServletResponse response) {
        var connection = processor.connection();
        long usual = connection.getReadTimeout();
        try {
            response.flushBuffer();
            connection.setReadTimeout(AT_MOST.toMillis());
            drain(processor.getRequest());
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

    /** One whose client has gone, or sent nothing for long, sends no more. */
    private static boolean hasFailed(HttpServletRequest request) {
        return request.getAttribute(RequestDispatcher.ERROR_EXCEPTION) != null;
    }

    /** From below Tomcat's own stream, which would make an error of the request when its body does not come to its end. */
    private static void drain(Request request) throws IOException {
        var thrownAway = new ThrownAway();
        long began = System.nanoTime();
        for (int drained = 0; drained < MOST_BYTES; ) {
            int read = request.doRead(thrownAway);
            if (read < 0 || System.nanoTime() - began > AT_MOST.toNanos()) {
                return;
            }
            drained += read;
        }
    }

    /** Where Tomcat leaves what it has read. */
    private static final class ThrownAway implements ApplicationBufferHandler {

        private ByteBuffer buffer = ByteBuffer.allocate(0);

        @Override
        public void setByteBuffer(ByteBuffer buffer) {
            this.buffer = buffer;
        }

        @Override
        public ByteBuffer getByteBuffer() {
            return buffer;
        }

        @Override
        public void expand(int size) {
            // The buffer is Tomcat's, and as large as it likes.
        }
    }
}
